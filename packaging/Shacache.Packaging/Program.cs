using Shacache.Packaging.Completions;
using Shacache.Packaging.Contents;
using Shacache.Packaging.Manuals;

// Called by ./package alone.
switch (args)
{
    case ["manuals", var folder, var version, var date]:
        ManualSet.Write(folder, version, DateOnly.ParseExact(date, "yyyy-MM-dd"));
        return 0;
    case ["completions", var folder]:
        CompletionFiles.Write(folder);
        return 0;
    case ["notices", var assets, var others, var texts, var output]:
        LicenceNotices.Write(ContentList.Read(assets, others), texts, output);
        return 0;
    case ["bom", var assets, var others, var version, var time, var output]:
        BillOfMaterials.Write(ContentList.Read(assets, others), version, time, output);
        return 0;
    default:
        Console.Error.WriteLine("usage: manuals FOLDER VERSION DATE | completions FOLDER | notices ASSETS OTHERS TEXTS OUTPUT | bom ASSETS OTHERS VERSION TIME OUTPUT");
        return 2;
}
