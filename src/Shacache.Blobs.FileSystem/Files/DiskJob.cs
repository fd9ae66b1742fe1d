using System.Threading.Tasks.Sources;

namespace Shacache.Blobs.FileSystem.Files;

/// <summary>A job, its argument and its promise in one object.</summary>
internal class DiskJob<TState, TResult>(TState state, Func<TState, TResult> work) : IDiskJob, IValueTaskSource<TResult>, IValueTaskSource
{
    // What follows the wait must not run on the disk's thread.
    private ManualResetValueTaskSourceCore<TResult> _promise = new() { RunContinuationsAsynchronously = true };

    public ValueTask<TResult> Task => new(this, _promise.Version);

    public ValueTask UntypedTask => new(this, _promise.Version);

    public TState State => state;

    /// <summary>Keeps the promise without the work, when it was done otherwise.</summary>
    public void Complete(TResult result) => _promise.SetResult(result);

    public void Run()
    {
        TResult result;
        try
        {
            result = work(state);
        }
        catch (Exception e)
        {
            _promise.SetException(e);
            return;
        }

        _promise.SetResult(result);
    }

    TResult IValueTaskSource<TResult>.GetResult(short token) => _promise.GetResult(token);

    void IValueTaskSource.GetResult(short token) => _promise.GetResult(token);

    public ValueTaskSourceStatus GetStatus(short token) => _promise.GetStatus(token);

    public void OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _promise.OnCompleted(continuation, state, token, flags);
}

/// <summary>Something to be done by <see cref="DiskThreads"/>.</summary>
internal interface IDiskJob
{
    /// <summary>Does it. Never throws: the outcome goes to who awaits.</summary>
    void Run();
}
