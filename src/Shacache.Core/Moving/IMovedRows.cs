using Shacache.Core.Blobs;
using Shacache.Core.Entries;

namespace Shacache.Core.Moving;

/// <summary>The rows of a database, for one that they are moved into. Read beside a server that runs.</summary>
/// <remarks>Safe for concurrent use. Every call throws <see cref="EntryStoreException"/> when the backend failed.</remarks>
public interface IMovedRows
{
    /// <summary>Reads some rows, in the order of their key.</summary>
    /// <param name="table">One of <see cref="MovedTables"/>.</param>
    /// <param name="after">The row that they come after; null for the first ones.</param>
    /// <param name="cancellationToken">Stops.</param>
    /// <returns>Some of them, of a bounded length; none when there are no more.</returns>
    ValueTask<IReadOnlyList<MovedRow>> ReadAsync(MovedTable table, MovedRow? after, CancellationToken cancellationToken);

    /// <summary>How much content the index knows: about how much there is to copy.</summary>
    ValueTask<BlobTotals> CountContentAsync(CancellationToken cancellationToken);
}

/// <summary>A database that rows are moved into, while nothing else uses it.</summary>
/// <inheritdoc cref="IMovedRows" path="/remarks"/>
public interface IMoveTarget : IMovedRows
{
    /// <summary>Deletes rows, and puts others in the place of those with the same key, or with what only one row may have: all of it or nothing.</summary>
    /// <exception cref="StorageFullException">There is no room.</exception>
    ValueTask ChangeAsync(MovedTable table, IReadOnlyList<MovedRow> gone, IReadOnlyList<MovedRow> put, CancellationToken cancellationToken);

    /// <summary>Makes what the database counts by itself fit the rows: the next numbers, and totals.</summary>
    ValueTask SettleAsync(CancellationToken cancellationToken);
}
