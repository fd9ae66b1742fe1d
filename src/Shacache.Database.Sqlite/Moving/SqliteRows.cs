using Shacache.Core.Blobs;
using Shacache.Core.Entries;
using Shacache.Core.Moving;
using Shacache.Database.Sqlite.Engine;
using SQLitePCL;

namespace Shacache.Database.Sqlite.Moving;

/// <summary>The rows of a database that is in use by a server, or by none: read beside it, page by page, and never changed.</summary>
public sealed class SqliteRows : IMovedRows, IDisposable
{
    private readonly ReaderPool _readers;

    private SqliteRows(ReaderPool readers) => _readers = readers;

    /// <summary>Opens them.</summary>
    /// <param name="path">The file of the database.</param>
    /// <param name="cancellationToken">Stops.</param>
    /// <exception cref="EntryStoreException">It cannot be opened, is another program's, or of another version than this one.</exception>
    public static async Task<SqliteRows> OpenAsync(string path, CancellationToken cancellationToken)
    {
        if (!File.Exists(path))
            throw new EntryStoreException($"There is no database {path}. Name the data folder of a server that has its database there.");
        var readers = new ReaderPool(() => Connection.OpenReadOnly(path), maxReaders: 4);
        try
        {
            using ReaderPool.Lease lease = await readers.RentAsync(cancellationToken).ConfigureAwait(false);
            int version = Migration.Check(lease.Connection, path);
            if (version < Migration.Latest)
                throw new EntryStoreException($"{path} was written by an older version of this program (schema {version}; this one knows {Migration.Latest}). Run the server of this version on it first.");
            return new SqliteRows(readers);
        }
        catch (SqliteFailureException e)
        {
            readers.Dispose();
            throw (e.ResultCode & 0xFF) == raw.SQLITE_NOTADB ? new EntryStoreException($"{path} is not a database. Name another data folder.", e) : e.ForEntries($"{path} cannot be opened");
        }
        catch
        {
            readers.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<MovedRow>> ReadAsync(MovedTable table, MovedRow? after, CancellationToken cancellationToken) => ReadAsync(_readers, table, after, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<BlobTotals> CountContentAsync(CancellationToken cancellationToken) => CountContentAsync(_readers, cancellationToken);

    /// <summary>Closes the file.</summary>
    public void Dispose() => _readers.Dispose();

    internal static ValueTask<IReadOnlyList<MovedRow>> ReadAsync(ReaderPool readers, MovedTable table, MovedRow? after, CancellationToken cancellationToken) =>
        ReadAsync<IReadOnlyList<MovedRow>>(readers, connection => RowPage.Read(connection, table, after), $"The table {table.Name} was not read", cancellationToken);

    internal static ValueTask<BlobTotals> CountContentAsync(ReaderPool readers, CancellationToken cancellationToken) =>
        ReadAsync(readers, RowPage.CountContent, "The totals of the index were not read", cancellationToken);

    private static async ValueTask<T> ReadAsync<T>(ReaderPool readers, Func<Connection, T> read, string failed, CancellationToken cancellationToken)
    {
        try
        {
            using ReaderPool.Lease lease = await readers.RentAsync(cancellationToken).ConfigureAwait(false);
            return read(lease.Connection);
        }
        catch (SqliteFailureException e)
        {
            throw e.ForEntries(failed);
        }
    }
}
