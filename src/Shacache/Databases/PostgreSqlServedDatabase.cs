using System.Runtime.CompilerServices;
using Shacache.Core;
using Shacache.Core.Blobs;
using Shacache.Core.Entries;
using Shacache.Core.Stores;
using Shacache.Database.PostgreSql;

namespace Shacache.Cli.Databases;

/// <summary>A database of PostgreSQL, which has its own tools for what is done with a whole one.</summary>
internal sealed class PostgreSqlServedDatabase(PostgreSqlOptions options, TimeProvider time) : ServedDatabase
{
    private readonly PostgreSqlDatabase _database = new(options, time);

    public override IDatabase Stores => _database;

    public override int WaitingChanges => _database.WaitingChanges;

    public override PostgreSqlDatabase Shared => _database;

    public override async ValueTask<DatabaseSize> MeasureAsync(CancellationToken cancellationToken) => new(await _database.MeasureAsync(cancellationToken), LogBytes: 0);

    public override Task BackupAsync(string target, CancellationToken cancellationToken) => throw new BlobStoreException(
        $"The database is {options.Address}, which a backup of the data folder does not hold. Copy it with pg_dump, or by PostgreSQL's continuous archiving, and the content with any tool.");

    public override Task<IReadOnlyList<string>> FindDamageAsync(CancellationToken cancellationToken) => _database.FindDamageAsync(cancellationToken);

    public override async IAsyncEnumerable<Digest> ListEntryContentAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (StoredEntry stored in _database.Entries.EnumerateAsync(cancellationToken))
            yield return stored.Entry.Digest;
    }

    public override ValueTask DisposeAsync() => _database.DisposeAsync();
}
