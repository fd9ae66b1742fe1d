namespace Shacache.Http.Transfers;

/// <summary>Work that many requests wait for, and that is done once: it belongs to none of them.</summary>
/// <typeparam name="TResult">What it gives to all of them.</typeparam>
internal sealed class SharedWork<TResult> : IAsyncDisposable
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, Task<TResult>> _running = new(StringComparer.Ordinal);
    private readonly CancellationTokenSource _stopping = new();

    /// <summary>Joins the work of a name, which begins unless it is under way.</summary>
    /// <param name="name">Which.</param>
    /// <param name="run">Does it. Bounded in time.</param>
    public Task<TResult> Join(string name, Func<CancellationToken, Task<TResult>> run)
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_stopping.IsCancellationRequested, this);
            return _running.TryGetValue(name, out Task<TResult>? running) ? running : _running[name] = Task.Run(() => RunAsync(name, run));
        }
    }

    /// <summary>Breaks off what is still running, and waits until nothing is.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        Task[] running;
        lock (_gate)
            running = [.. _running.Values];
        foreach (Task task in running)
            await task.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stopping.Dispose();
    }

    private async Task<TResult> RunAsync(string name, Func<CancellationToken, Task<TResult>> run)
    {
        try
        {
            return await run(_stopping.Token);
        }
        finally
        {
            lock (_gate)
                _running.Remove(name);
        }
    }
}
