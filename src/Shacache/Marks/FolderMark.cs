using Shacache.Core.Blobs;
using Shacache.Core.Messages;

namespace Shacache.Cli.Marks;

/// <summary>A small file in a data folder that says where something of it is, so that nothing takes the folder for one without that.</summary>
/// <param name="fileName">Its name.</param>
internal sealed class FolderMark(string fileName)
{
    public string PathIn(string dataFolder) => Path.Combine(dataFolder, fileName);

    /// <summary>What it says; null when there is none.</summary>
    public string? Find(string dataFolder) => File.Exists(PathIn(dataFolder)) ? File.ReadAllText(PathIn(dataFolder)).Trim() : null;

    /// <exception cref="BlobStoreException">The file cannot be written.</exception>
    public void Write(string dataFolder, string place)
    {
        string path = PathIn(dataFolder);
        try
        {
            Directory.CreateDirectory(dataFolder);
            if (!File.Exists(path) || File.ReadAllText(path) != $"{place}\n")
                File.WriteAllText(path, $"{place}\n");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new BlobStoreException($"{path} cannot be written: {FileTrouble.Explain(e, path)}.", e);
        }
    }

    /// <exception cref="BlobStoreException">The file cannot be removed.</exception>
    public void Remove(string dataFolder)
    {
        string path = PathIn(dataFolder);
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
