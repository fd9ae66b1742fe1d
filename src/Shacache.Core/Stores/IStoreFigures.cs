using Shacache.Core.Blobs;

namespace Shacache.Core.Stores;

/// <summary>Tells how the stores of a server are doing.</summary>
public interface IStoreFigures
{
    /// <summary>Asks for it: in the same time for any number of objects, since nothing is counted for it.</summary>
    /// <exception cref="BlobStoreException">The backend failed.</exception>
    ValueTask<StoreFigures> ReadAsync(CancellationToken cancellationToken);
}

/// <summary>How the stores of a server are doing.</summary>
/// <param name="Stored">What is stored; what came in the last seconds may be missing.</param>
/// <param name="LimitBytes">The most bytes of content; null for no limit.</param>
/// <param name="Exhaustion">What is short of room that cannot be made.</param>
/// <param name="Eviction">What was removed to make room.</param>
/// <param name="Disk">The file system of the data folder; null when that is not known.</param>
/// <param name="Database">Its files.</param>
/// <param name="Queues">How much waits to be written, by the name of the queue.</param>
public sealed record StoreFigures(
    BlobTotals Stored,
    long? LimitBytes,
    Exhaustion Exhaustion,
    EvictionTotals Eviction,
    DiskSpace? Disk,
    DatabaseSize Database,
    IReadOnlyList<QueueLength> Queues);

/// <summary>Lengths of the files of a database, in bytes.</summary>
/// <param name="LengthBytes">The database itself.</param>
/// <param name="LogBytes">Its write-ahead log.</param>
public readonly record struct DatabaseSize(long LengthBytes, long LogBytes);

/// <summary>How much waits in a queue.</summary>
/// <param name="Name">The queue, as metrics call it.</param>
/// <param name="Length">How much waits.</param>
public readonly record struct QueueLength(string Name, long Length);
