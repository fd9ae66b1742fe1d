using Shacache.Cli.Marks;
using Shacache.Core.Blobs;
using Shacache.Core.Entries;
using Shacache.Database.PostgreSql;

namespace Shacache.Cli.Databases;

/// <summary>A file in the data folder of a server whose database is elsewhere, so that nothing takes the folder for one without entries and accounts.</summary>
internal static class DatabaseMark
{
    private static readonly FolderMark Mark = new("database");

    /// <summary>Where the database is; null when it is in the folder.</summary>
    public static string? FindPlace(string dataFolder) => Mark.Find(dataFolder);

    /// <exception cref="BlobStoreException">The file cannot be written.</exception>
    public static void Write(string dataFolder, PostgreSqlAddress address) => Mark.Write(dataFolder, address.ToString());

    /// <exception cref="EntryStoreException">The database is elsewhere.</exception>
    public static void CheckIsHere(string dataFolder)
    {
        if (Mark.Find(dataFolder) is { } place)
        {
            throw new EntryStoreException(
                $"The database of {dataFolder} is {place}. Name it as the server does (database in the file of --config), or delete {Mark.PathIn(dataFolder)} to begin with an empty one here.");
        }
    }

    /// <summary>The database is in the folder from now on.</summary>
    /// <exception cref="BlobStoreException">The file cannot be removed.</exception>
    public static void Remove(string dataFolder) => Mark.Remove(dataFolder);
}
