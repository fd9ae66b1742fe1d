using System.CommandLine;
using System.Text.Json.Nodes;
using Shacache.Cli.Commands.Binaries;
using Shacache.Cli.Output;
using Shacache.Client.Binaries;
using Shacache.Client.Configuration;
using Shacache.Client.Entries;
using Shacache.Core.Entries;
using Shacache.Core.Platforms;
using Shacache.Core.Urls;

namespace Shacache.Cli.Commands.Entries;

internal sealed class LookupBinaryCommand : LookupCommand
{
    private const int Md5Digits = 32;

    private readonly Argument<string> _release = new("RELEASE") { Description = "The URL of a software release, or the MD5 of that." };
    private readonly Option<string?> _platform = BinaryCommand.Platform();

    public LookupBinaryCommand()
        : base("binary-sr", "Show for which systems the binary cache has a software release.")
    {
        AddAll(_platform, _release);
    }

    public override IReadOnlyList<string> Examples =>
    [
        "shacache lookup binary-sr -c slapos.cfg https://example.org/software/foo/software.cfg",
        "shacache lookup binary-sr -c slapos.cfg --json 0cc175b9c0f1b6a831c399e269772661",
    ];

    public override IReadOnlyList<string> Notes =>
    [
        "compatible? compares each entry with this machine, or with --platform; verified? says whether a trusted key signed it.",
        "A release works in the software root that it was built for; this one is software_root of [slapos].",
        "Exit code 3: nothing is listed.",
    ];

    protected override async Task ShowAsync(ParseResult arguments, NetworkCacheOptions options, bool asJson, CancellationToken cancellationToken)
    {
        string release = arguments.GetRequiredValue(_release);
        bool isMd5 = release.Length == Md5Digits && release.All(char.IsAsciiHexDigit);
        EntryKey key = isMd5 ? EntryKey.Create(release.ToLowerInvariant()) : EntryKeys.ForSoftwareRelease(release);
        var cache = new BinaryCache(options, BinaryCommand.Options(root: null, arguments.GetValue(_platform)));
        IReadOnlyList<SoftwareEntry> entries = await cache.LookUpAsync(key, cancellationToken);
        if (entries.Count == 0)
            throw NothingListed(isMd5 ? $"key {key}" : $"{UrlSecrets.Redact(release)} (key {key})");
        if (asJson)
        {
            Console.Out.WriteLine(JsonOutput.Text(new JsonArray([.. entries.Select(entry => Describe(key, entry, options))])));
            return;
        }

        // Above the table, as today's command has it.
        string? url = isMd5 ? entries.Select(entry => FindText(entry.Selected.Entry, "software_url")).FirstOrDefault(found => found is not null) : release;
        Console.Out.WriteLine($"Software URL: {TextTable.Clean(url is null ? null : UrlSecrets.Redact(url))}");
        Console.Out.WriteLine($"MD5:          {key}");
        var table = new ResultTable("multiarch", "distribution", "version", "id", "compatible?", "verified?", "software root");
        foreach (SoftwareEntry entry in entries)
        {
            Distribution? os = entry.Platform?.Distribution;
            table.Add(
                entry.Platform?.Multiarch, os?.Id, os?.Version, os?.Codename, YesOrNo(entry.Fits), YesOrNo(entry.Selected.IsTrusted), Place(entry, options));
        }

        table.Write();
    }

    /// <summary>Where it was built, and whether it works in the root of the configuration.</summary>
    private static string? Place(SoftwareEntry entry, NetworkCacheOptions options) =>
        entry.BuiltRoot is { } root && options.SoftwareRoot is not null ? $"{root} ({(entry.IsForRoot ? "this one" : "another")})" : entry.BuiltRoot;

    private static JsonObject Describe(EntryKey key, SoftwareEntry entry, NetworkCacheOptions options)
    {
        JsonObject described = Describe(key, entry.Selected);
        described["multiarch"] = entry.Platform?.Multiarch;
        described["os"] = entry.Platform?.Distribution is { } os ? new JsonArray(os.Id, os.Version, os.Codename) : null;
        described["compatible"] = entry.Fits;
        described["mismatch"] = entry.Mismatch;
        described["software_root"] = entry.BuiltRoot;
        described["own_root"] = entry.BuiltRoot is null || options.SoftwareRoot is null ? null : entry.IsForRoot;
        return described;
    }
}
