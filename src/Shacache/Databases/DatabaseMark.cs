using Shacache.Core.Blobs;
using Shacache.Core.Entries;
using Shacache.Core.Messages;
using Shacache.Database.PostgreSql;

namespace Shacache.Cli.Databases;

/// <summary>A file in the data folder of a server whose database is elsewhere, so that nothing takes the folder for one without entries and accounts.</summary>
internal static class DatabaseMark
{
    private const string FileName = "database";

    /// <exception cref="BlobStoreException">The file cannot be written.</exception>
    public static void Write(string dataFolder, PostgreSqlAddress address)
    {
        string path = Path.Combine(dataFolder, FileName);
        try
        {
            if (!File.Exists(path) || File.ReadAllText(path) != $"{address}\n")
                File.WriteAllText(path, $"{address}\n");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new BlobStoreException($"{path} cannot be written: {FileTrouble.Explain(e, path)}.", e);
        }
    }

    /// <exception cref="EntryStoreException">The database is elsewhere.</exception>
    public static void CheckIsHere(string dataFolder)
    {
        string path = Path.Combine(dataFolder, FileName);
        if (File.Exists(path))
        {
            throw new EntryStoreException(
                $"The database of {dataFolder} is {File.ReadAllText(path).Trim()}. Name it as the server does (database in the file of --config), or delete {path} to begin with an empty one here.");
        }
    }

    /// <summary>The database is in the folder from now on.</summary>
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
