using Shacache.Blobs.S3;
using Shacache.Cli.Marks;
using Shacache.Core.Blobs;

namespace Shacache.Cli.Contents;

/// <summary>A file in the data folder of a server whose content is elsewhere, so that nothing takes the folder for one without content.</summary>
internal static class ContentMark
{
    private static readonly FolderMark Mark = new("content");

    public static bool IsIn(string dataFolder) => Mark.Find(dataFolder) is not null;

    /// <exception cref="BlobStoreException">The file cannot be written.</exception>
    public static void Write(string dataFolder, S3Address address) => Mark.Write(dataFolder, address.ToString());

    /// <exception cref="BlobStoreException">The content is elsewhere.</exception>
    public static void CheckIsHere(string dataFolder)
    {
        if (Mark.Find(dataFolder) is { } place)
        {
            throw new BlobStoreException(
                $"The content of {dataFolder} is in {place}. Name it as the server does (content in the file of --config), or delete {Mark.PathIn(dataFolder)} to begin without content here.");
        }
    }

    /// <summary>The content is in the folder from now on.</summary>
    /// <exception cref="BlobStoreException">The file cannot be removed.</exception>
    public static void Remove(string dataFolder) => Mark.Remove(dataFolder);
}
