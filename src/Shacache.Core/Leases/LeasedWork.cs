using Shacache.Core.Entries;

namespace Shacache.Core.Leases;

/// <summary>Work that one node at a time does. When the node that does it dies, another goes on within its term and <see cref="LookInterval"/>.</summary>
public static class LeasedWork
{
    /// <summary>How often a node looks whether it is its turn. With the term of 20 s another one has gone on within 30 s.</summary>
    public static readonly TimeSpan LookInterval = TimeSpan.FromSeconds(5);

    /// <summary>Does the work whenever it is this node's turn, until the work ends by itself, or is cancelled.</summary>
    /// <param name="leases">Who decides whose turn it is.</param>
    /// <param name="name">Of the lease.</param>
    /// <param name="work">The work. Its token is cancelled when the turn is over; it begins anew with the next turn.</param>
    /// <param name="onFailure">Told when it cannot be found out whose turn it is; it is tried again.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public static async Task RunAsync(
        ILeases leases, string name, Func<CancellationToken, Task> work, Action<EntryStoreException> onFailure, TimeProvider time, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(leases);
        ArgumentNullException.ThrowIfNull(work);
        ArgumentNullException.ThrowIfNull(onFailure);
        while (true)
        {
            try
            {
                if (await leases.TryTakeAsync(name, cancellationToken).ConfigureAwait(false) is { } lease && await TryWorkAsync(lease, work, cancellationToken).ConfigureAwait(false))
                    return;
            }
            catch (EntryStoreException e)
            {
                onFailure(e);
            }

            await Task.Delay(LookInterval, time, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Waits for a lease.</summary>
    /// <returns>The lease, to be disposed.</returns>
    /// <exception cref="EntryStoreException">The backend failed.</exception>
    public static async ValueTask<ILease> TakeAsync(ILeases leases, string name, TimeProvider time, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(leases);
        while (true)
        {
            if (await leases.TryTakeAsync(name, cancellationToken).ConfigureAwait(false) is { } lease)
                return lease;
            await Task.Delay(LookInterval, time, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <returns>Whether the work has ended by itself.</returns>
    private static async Task<bool> TryWorkAsync(ILease lease, Func<CancellationToken, Task> work, CancellationToken cancellationToken)
    {
        await using (lease.ConfigureAwait(false))
        {
            using var turn = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, lease.Lost);
            try
            {
                await work(turn.Token).ConfigureAwait(false);
                return true;
            }
            catch (OperationCanceledException) when (lease.Lost.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
            {
                return false;
            }
        }
    }
}
