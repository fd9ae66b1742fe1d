namespace Shacache.Core.Transfers;

/// <summary>The transfers that run: one for each name, however many clients ask for it.</summary>
public sealed class RunningTransfers<TName, TTransfer>(int maxTransfers) : IAsyncDisposable
    where TName : notnull
    where TTransfer : RunningTransfer
{
    private readonly Lock _gate = new();
    private readonly Dictionary<TName, (TTransfer Transfer, Task Running)> _running = [];
    private readonly CancellationTokenSource _stopping = new();

    /// <summary>Ends every transfer.</summary>
    public CancellationToken Stopping => _stopping.Token;

    /// <summary>Joins the transfer of a name, which begins unless it is under way.</summary>
    /// <param name="name">What is transferred.</param>
    /// <param name="create">Makes a new transfer.</param>
    /// <param name="run">Runs it. It ends the transfer whatever happens, and throws nothing.</param>
    /// <param name="isNew">Whether it began with this.</param>
    /// <returns>The transfer, to be left; null when there are too many others.</returns>
    public TTransfer? Join(TName name, Func<TTransfer> create, Func<TTransfer, Task> run, out bool isNew)
    {
        lock (_gate)
        {
            isNew = false;
            if (_running.TryGetValue(name, out (TTransfer Transfer, Task Running) found) && found.Transfer.TryJoin())
                return found.Transfer;
            if (_running.Count >= maxTransfers || _stopping.IsCancellationRequested)
                return null;
            isNew = true;
            TTransfer transfer = create();
            transfer.TryJoin();
            _running[name] = (transfer, Task.Run(() => run(transfer)));
            return transfer;
        }
    }

    /// <summary>Joins the transfer of a name when it is under way.</summary>
    /// <returns>The transfer, to be left; null when there is none.</returns>
    public TTransfer? JoinRunning(TName name)
    {
        lock (_gate)
            return _running.TryGetValue(name, out (TTransfer Transfer, Task Running) found) && found.Transfer.TryJoin() ? found.Transfer : null;
    }

    /// <summary>How many transfers run.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
                return _running.Count;
        }
    }

    /// <summary>Joins every transfer that is under way.</summary>
    /// <returns>The transfers, each to be left.</returns>
    public IReadOnlyList<TTransfer> JoinAll()
    {
        lock (_gate)
            return [.. _running.Values.Select(entry => entry.Transfer).Where(transfer => transfer.TryJoin())];
    }

    /// <summary>From now on, a request for the name begins anew. For what runs the transfer, before it ends it.</summary>
    public void Remove(TName name)
    {
        lock (_gate)
            _running.Remove(name);
    }

    /// <summary>Breaks off what is still running, and waits until nothing is.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        Task[] running;
        lock (_gate)
            running = [.. _running.Values.Select(entry => entry.Running)];
        await Task.WhenAll(running).ConfigureAwait(false);
        _stopping.Dispose();
    }
}
