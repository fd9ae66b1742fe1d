using Shacache.Core;
using Shacache.Core.Accounts;
using Shacache.Core.Blobs;
using Shacache.Core.Blobs.Indexing;
using Shacache.Core.Blobs.Repair;
using Shacache.Core.Entries;
using Shacache.Core.Leases;
using Shacache.Core.Moving;
using Shacache.Core.Retention;
using Shacache.Core.Savings;
using Shacache.Core.Upstreams;
using Shacache.Database.PostgreSql.Accounts;
using Shacache.Database.PostgreSql.Blobs;
using Shacache.Database.PostgreSql.Engine;
using Shacache.Database.PostgreSql.Entries;
using Shacache.Database.PostgreSql.Leases;
using Shacache.Database.PostgreSql.Moving;
using Shacache.Database.PostgreSql.Retention;
using Shacache.Database.PostgreSql.Savings;
using Shacache.Database.PostgreSql.Upstreams;

namespace Shacache.Database.PostgreSql;

/// <summary>A database of PostgreSQL that holds what several nodes share: entries, accounts, the audit log, the blob index (docs/decisions/0014-many-nodes-over-postgresql.md).</summary>
/// <remarks>
/// Durability is PostgreSQL's. It may be away, also at the beginning: calls fail then within 15 s with an exception that says so (<c>IsAway</c>), and go on when it is back. One
/// that hangs is given up after 40 s. Safe for concurrent use, by any number of nodes.
/// </remarks>
public sealed class PostgreSqlDatabase : IDatabase
{
    private readonly Pool _pool;
    private readonly EntryWriter _writer;
    private readonly PostgreSqlBlobIndex _blobIndex;
    private readonly WithdrawalWatch _watch;
    private readonly TimeProvider _time;
    private bool _isDisposed;

    /// <summary>Makes the database usable. Does not connect yet.</summary>
    /// <param name="options">Where it is.</param>
    /// <param name="time">The clock.</param>
    public PostgreSqlDatabase(PostgreSqlOptions options, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(options);
        _time = time;
        _pool = new Pool(options.ToDataSource());
        _writer = new EntryWriter(_pool);
        _watch = new WithdrawalWatch(_pool);
        var names = new Names();
        _blobIndex = new PostgreSqlBlobIndex(_pool, names, time);
        Entries = new PostgreSqlEntryStore(_pool, _writer, time);
        Retention = new PostgreSqlRetentionStore(_pool, time);
        Repairs = new PostgreSqlRepairLog(_pool);
        Accounts = new PostgreSqlAccountStore(_pool, time);
        AuditLog = new PostgreSqlAuditLog(_pool);
        UpstreamListings = new PostgreSqlUpstreamListings(_pool, time);
        Forwards = new PostgreSqlForwardQueue(_pool, time);
        Savings = new PostgreSqlSavings(_pool, names, time);
        Leases = new PostgreSqlLeases(_pool);
        Rows = new PostgreSqlMoveTarget(_pool);
    }

    /// <inheritdoc/>
    public ILeases Leases { get; }

    /// <inheritdoc/>
    public IEntryStore Entries { get; }

    /// <inheritdoc/>
    public ISavings Savings { get; }

    /// <inheritdoc/>
    public IBlobIndex BlobIndex => _blobIndex;

    /// <inheritdoc/>
    public IAccountStore Accounts { get; }

    /// <inheritdoc/>
    public IAuditLog AuditLog { get; }

    /// <inheritdoc/>
    public IUpstreamListings UpstreamListings { get; }

    /// <inheritdoc/>
    public IForwardQueue Forwards { get; }

    /// <inheritdoc/>
    public IRepairLog Repairs { get; }

    /// <inheritdoc/>
    public IRetentionStore Retention { get; }

    /// <summary>All of it as rows. They may be changed from <see cref="BeginMoveAsync"/> on until a node begins.</summary>
    public IMoveTarget Rows { get; }

    /// <summary>The lease of the one that copies into it.</summary>
    public static string MoveLease => Claims.Lease;

    /// <summary>How many entries wait to be committed.</summary>
    public int WaitingChanges => _writer.Waiting;

    /// <inheritdoc/>
    public async ValueTask<EntryAddition> AddEntryAsync(
        EntryKey key, SignedEntry entry, EntryRoom? room, AuditEntry? audit, EntryWorth worth, CancellationToken cancellationToken)
    {
        var change = new EntryChange(key, entry, room, worth, audit, _time.GetUtcNow());
        (EntryAddition addition, bool isKnown) = await _writer.AddAsync(change, cancellationToken).ConfigureAwait(false);
        if (isKnown)
            await LearnAsync(key, entry, worth).ConfigureAwait(false);
        return addition;
    }

    /// <inheritdoc/>
    public async ValueTask<string?> FindProblemAsync(CancellationToken cancellationToken) => await _pool.FindProblemAsync(cancellationToken).ConfigureAwait(false);

    /// <summary>Listens to what other nodes take away, until the connection fails. Its first word comes at once. When it cannot tell what was missed, as at the first time of all, it says that all may be gone.</summary>
    /// <param name="tell">Told of it, once each, within some milliseconds.</param>
    /// <param name="cancellationToken">Stops.</param>
    /// <exception cref="BlobStoreException">PostgreSQL is away. When this is called again, what was missed is told.</exception>
    public Task WatchAsync(Func<Withdrawn, Task> tell, CancellationToken cancellationToken) => _watch.RunAsync(tell, cancellationToken);

    /// <summary>
    /// Whether this node knows all that others took away, as far as it can: it hears of it, or PostgreSQL has not answered since it heard last. False from an answer after a lost
    /// connection, or after the start, until what was missed is told.
    /// </summary>
    public bool IsHeard => _watch.IsHeard;

    /// <summary>For how long this node has not heard what others take away; zero while it does.</summary>
    public TimeSpan Unheard => _watch.Unheard;

    /// <summary>Tells <see cref="WatchAsync"/> to go on after a <see cref="Withdrawn.Number"/> that an earlier process of this node was told. To be called before it.</summary>
    public void ResumeAfter(long number) => _watch.ResumeAfter(number);

    /// <summary>Begins to copy an embedded store here, or goes on with it: only into an empty database that no node uses.</summary>
    /// <param name="source">What is copied.</param>
    /// <param name="content">Where its content goes; null when it is not copied.</param>
    /// <param name="isContentEmpty">Whether there is none yet.</param>
    /// <param name="cancellationToken">Stops.</param>
    /// <returns>Whether all content that is there came from this copy.</returns>
    /// <exception cref="EntryStoreException">The database is in use, has something else in it, or is away.</exception>
    public Task<bool> BeginMoveAsync(string source, string? content, bool isContentEmpty, CancellationToken cancellationToken) =>
        Claims.BeginAsync(_pool, source, content, isContentEmpty, cancellationToken);

    /// <summary>The copy has come to its end.</summary>
    /// <exception cref="EntryStoreException">The database is away.</exception>
    public Task EndMoveAsync(CancellationToken cancellationToken) => Claims.EndAsync(_pool, cancellationToken);

    /// <summary>A node begins, and what is copied here ends.</summary>
    /// <exception cref="EntryStoreException">A copy has not come to its end, or the database is away.</exception>
    public Task AdmitNodeAsync(CancellationToken cancellationToken) => Claims.AdmitAsync(_pool, cancellationToken);

    /// <summary>Looks whether the totals of the index are those of its rows. PostgreSQL has its own tools for the rest (pg_amcheck).</summary>
    /// <returns>One line for each problem.</returns>
    /// <exception cref="BlobStoreException">It does not answer.</exception>
    public Task<IReadOnlyList<string>> FindDamageAsync(CancellationToken cancellationToken) => _blobIndex.FindDamageAsync(cancellationToken);

    /// <summary>How long the database is, in bytes.</summary>
    /// <exception cref="BlobStoreException">It does not answer.</exception>
    public Task<long> MeasureAsync(CancellationToken cancellationToken) => _pool.ReadAsync(
        new Attempt(Contract.Blobs, "The database was not measured"),
        session => session.FindAsync(new Query("SELECT pg_database_size(current_database())"), row => row.Int64(0)),
        cancellationToken);

    /// <summary>Ends what is waiting, and closes the connections.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_isDisposed)
            return;
        _isDisposed = true;
        await _writer.DisposeAsync().ConfigureAwait(false);
        await _pool.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>The entry is listed, whatever becomes of this: what content is worth is counted, and not promised.</summary>
    private async Task LearnAsync(EntryKey key, SignedEntry entry, EntryWorth worth)
    {
        var listed = new ListedBlob(
            KeyPrefix.Of(key.Value), ListedBlob.IsOfRelease(entry.Information), (long)worth.BuildTime.TotalMilliseconds, (long)worth.FetchTime.TotalMilliseconds);
        try
        {
            await _blobIndex.LearnAsync(entry.Digest, listed, CancellationToken.None).ConfigureAwait(false);
        }
        catch (BlobStoreException)
        {
            // The next note of the blob finds the entry, unless the blob was classified before.
        }
    }
}
