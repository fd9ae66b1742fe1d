using Shacache.Core.Accounts;
using Shacache.Core.Blobs;
using Shacache.Core.Entries;
using SQLitePCL;

namespace Shacache.Database.Sqlite.Engine;

/// <summary>SQLite reported an error. Stays inside this assembly: the stores translate it into the exceptions of their contracts.</summary>
internal sealed class SqliteFailureException(int resultCode, string message) : Exception(message)
{
    /// <summary>The shared-memory file of the log could not grow, which SQLite does not report as SQLITE_FULL.</summary>
    private const int SharedMemoryCannotGrow = raw.SQLITE_IOERR | (19 << 8);

    /// <summary>SQLite's extended result code.</summary>
    public int ResultCode { get; } = resultCode;

    public bool IsFull => (ResultCode & 0xFF) == raw.SQLITE_FULL || ResultCode == SharedMemoryCannotGrow;

    /// <param name="what">What was tried, such as "The entry of key x was not added".</param>
    public Exception ForEntries(string what) =>
        IsFull ? Full(what) : new EntryStoreException($"{what}: {Message}.", this);

    /// <param name="what">What was tried.</param>
    public Exception ForBlobs(string what) => IsFull ? Full(what) : new BlobStoreException($"{what}: {Message}.", this);

    /// <param name="what">What was tried.</param>
    public Exception ForAccounts(string what) => IsFull ? Full(what) : new AccountStoreException($"{what}: {Message}.", this);

    private StorageFullException Full(string what) => new($"{what}: there is no room for the database.", this);
}
