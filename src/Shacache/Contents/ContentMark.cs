using Shacache.Blobs.S3;
using Shacache.Core.Blobs;
using Shacache.Core.Messages;

namespace Shacache.Cli.Contents;

/// <summary>A file in the data folder of a server whose content is elsewhere, so that nothing takes the folder for one without content.</summary>
internal static class ContentMark
{
    private const string FileName = "content";

    public static bool IsIn(string dataFolder) => File.Exists(Path.Combine(dataFolder, FileName));

    /// <exception cref="BlobStoreException">The file cannot be written, or the folder holds content of its own.</exception>
    public static void Write(string dataFolder, S3Address address)
    {
        string path = Path.Combine(dataFolder, FileName);
        try
        {
            Directory.CreateDirectory(dataFolder);
            if (!File.Exists(path) || File.ReadAllText(path) != $"{address}\n")
                File.WriteAllText(path, $"{address}\n");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new BlobStoreException($"{path} cannot be written: {FileTrouble.Explain(e, path)}.", e);
        }
    }

    /// <exception cref="BlobStoreException">The content is elsewhere.</exception>
    public static void CheckIsHere(string dataFolder)
    {
        string path = Path.Combine(dataFolder, FileName);
        if (File.Exists(path))
        {
            throw new BlobStoreException(
                $"The content of {dataFolder} is in {File.ReadAllText(path).Trim()}. Name it as the server does (content in the file of --config), or delete {path} to begin without content here.");
        }
    }

    /// <summary>The content is in the folder from now on.</summary>
    /// <exception cref="BlobStoreException">The file cannot be removed.</exception>
    public static void Remove(string dataFolder)
    {
        string path = Path.Combine(dataFolder, FileName);
        try
        {
            File.Delete(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new BlobStoreException($"{path} cannot be removed: {FileTrouble.Explain(e, path)}.", e);
        }
    }
}
