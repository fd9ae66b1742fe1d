using Shacache.Core.Entries;

namespace Shacache.Core.Leases;

/// <summary>What one node at a time does, of all that share a database.</summary>
/// <remarks>The rules every implementation obeys are tests: DatabaseContract in tests/Shacache.Testing.</remarks>
public interface ILeases
{
    /// <summary>How soon at most another node can have the lease of one that died. Zero where there are no others.</summary>
    TimeSpan Term { get; }

    /// <summary>Takes a lease, unless another has it.</summary>
    /// <param name="name">Of what: such as <c>job/room</c>, or the name of an upstream.</param>
    /// <param name="cancellationToken">Stops.</param>
    /// <returns>The lease, which is kept alive until it is disposed; null when another has it.</returns>
    /// <exception cref="EntryStoreException">The backend failed.</exception>
    ValueTask<ILease?> TryTakeAsync(string name, CancellationToken cancellationToken);
}

/// <summary>A lease that is held. Disposing gives it back.</summary>
public interface ILease : IAsyncDisposable
{
    /// <summary>Cancelled when the lease is lost, or may be: it could not be kept alive for its term, and another may hold it from now on.</summary>
    CancellationToken Lost { get; }

    /// <summary>Looks whether it is still held, and keeps it for a whole term.</summary>
    /// <returns>False when it is lost.</returns>
    /// <exception cref="EntryStoreException">The backend failed.</exception>
    ValueTask<bool> TryKeepAsync(CancellationToken cancellationToken);
}

/// <summary>Leases where one process alone uses a database: each is granted once at a time.</summary>
public sealed class OwnLeases : ILeases
{
    private readonly HashSet<string> _taken = [];

    /// <inheritdoc/>
    public TimeSpan Term => TimeSpan.Zero;

    /// <inheritdoc/>
    public ValueTask<ILease?> TryTakeAsync(string name, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        lock (_taken)
            return new ValueTask<ILease?>(_taken.Add(name) ? new Lease(this, name) : null);
    }

    private sealed class Lease(OwnLeases leases, string name) : ILease
    {
        private bool _isOver;

        public CancellationToken Lost => CancellationToken.None;

        public ValueTask<bool> TryKeepAsync(CancellationToken cancellationToken) => new(true);

        public ValueTask DisposeAsync()
        {
            lock (leases._taken)
            {
                if (!_isOver)
                    leases._taken.Remove(name);
                _isOver = true;
            }

            return ValueTask.CompletedTask;
        }
    }
}
