using Shacache.Core;
using Shacache.Core.Blobs;
using Shacache.Core.Stores;
using Shacache.Database.Sqlite;

namespace Shacache.Cli.Databases;

/// <summary>The database in the data folder.</summary>
internal sealed class SqliteServedDatabase : ServedDatabase
{
    /// <summary>Its name in the data folder.</summary>
    public const string FileName = "shacache.sqlite";

    private readonly string _path;
    private readonly SqliteDatabase _database;

    private SqliteServedDatabase(string path, SqliteDatabase database) => (_path, _database) = (path, database);

    public override IDatabase Stores => _database;

    public override int WaitingChanges => _database.WaitingChanges;

    public static string PathIn(string dataFolder) => Path.Combine(dataFolder, FileName);

    public static async Task<SqliteServedDatabase> OpenAsync(string path, TimeProvider time, CancellationToken cancellationToken) =>
        new(path, await SqliteDatabase.OpenAsync(path, time, cancellationToken));

    public override ValueTask<DatabaseSize> MeasureAsync(CancellationToken cancellationToken) => new(new DatabaseSize(LengthOf(_path), LengthOf($"{_path}-wal")));

    public override Task BackupAsync(string target, CancellationToken cancellationToken) => _database.BackupAsync(target, cancellationToken);

    public override Task<IReadOnlyList<string>> FindDamageAsync(CancellationToken cancellationToken) => _database.FindDamageAsync(cancellationToken);

    public override IAsyncEnumerable<Digest> ListEntryContentAsync(CancellationToken cancellationToken) => _database.ListEntryContentAsync(cancellationToken);

    public override ValueTask DisposeAsync() => _database.DisposeAsync();

    private static long LengthOf(string path)
    {
        var file = new FileInfo(path);
        return file.Exists ? file.Length : 0;
    }
}
