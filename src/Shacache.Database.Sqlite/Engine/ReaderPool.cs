using System.Collections.Concurrent;

namespace Shacache.Database.Sqlite.Engine;

/// <summary>A bounded number of connections for reading. Reads run on the caller's thread: they take microseconds.</summary>
internal sealed class ReaderPool(Func<Connection> open, int maxReaders) : IDisposable
{
    private readonly SemaphoreSlim _free = new(maxReaders);
    private readonly ConcurrentBag<Connection> _idle = [];
    private volatile bool _disposed;

    /// <summary>Takes a connection, waiting while all are in use. Dispose the lease soon: nothing is awaited while it is held.</summary>
    public async ValueTask<Lease> RentAsync(CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        await _free.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return new Lease(this, _idle.TryTake(out Connection? connection) ? connection : open());
        }
        catch
        {
            _free.Release();
            throw;
        }
    }

    public void Dispose()
    {
        _disposed = true;
        while (_idle.TryTake(out Connection? connection))
            connection.Dispose();
    }

    private void Return(Connection connection)
    {
        if (_disposed)
            connection.Dispose();
        else
            _idle.Add(connection);
        _free.Release();
    }

    /// <summary>A connection on loan.</summary>
    internal readonly struct Lease(ReaderPool pool, Connection connection) : IDisposable
    {
        public Connection Connection => connection;

        public void Dispose() => pool.Return(connection);
    }
}
