namespace Shacache.Blobs.FileSystem;

/// <summary>Threads of our own for calls that wait for the disk, so that they never hold up the thread pool and thereby the reads.</summary>
/// <remarks>
/// The queue needs no limit: an upload waits for its one job before it queues the next, so there are never more jobs than
/// uploads, and the server bounds those. Threads start when they are first needed.
/// </remarks>
internal sealed class DiskThreads(int maxThreads) : IDisposable
{
    private const int StackBytes = 256 * 1024;

    private readonly Queue<IDiskJob> _queue = new();
    private readonly List<Thread> _threads = [];
    private int _idle;
    private bool _disposed;

    /// <summary>Runs <paramref name="work"/> on one of the threads; what it throws is thrown to who awaits.</summary>
    public ValueTask<TResult> RunAsync<TState, TResult>(TState state, Func<TState, TResult> work)
    {
        var job = new DiskJob<TState, TResult>(state, work);
        Enqueue(job);
        return job.Task;
    }

    /// <inheritdoc cref="RunAsync{TState, TResult}(TState, Func{TState, TResult})"/>
    public ValueTask RunAsync<TState>(TState state, Action<TState> work)
    {
        var job = new DiskJob<(TState State, Action<TState> Work), bool>((state, work), static s =>
        {
            s.Work(s.State);
            return true;
        });
        Enqueue(job);
        return job.UntypedTask;
    }

    /// <summary>Finishes what is queued, then ends the threads.</summary>
    public void Dispose()
    {
        lock (_queue)
        {
            _disposed = true;
            Monitor.PulseAll(_queue);
        }

        // Nothing is queued any more, so no thread is started any more.
        foreach (Thread thread in _threads)
            thread.Join();
    }

    private void Enqueue(IDiskJob job)
    {
        lock (_queue)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            _queue.Enqueue(job);
            if (_queue.Count > _idle && _threads.Count < maxThreads)
            {
                var thread = new Thread(Work, StackBytes) { IsBackground = true, Name = "shacache disk" };
                _threads.Add(thread);
                thread.Start();
            }
            else
            {
                Monitor.Pulse(_queue);
            }
        }
    }

    private void Work()
    {
        while (TryTake() is { } job)
            job.Run();
    }

    private IDiskJob? TryTake()
    {
        lock (_queue)
        {
            while (_queue.Count == 0 && !_disposed)
            {
                _idle++;
                Monitor.Wait(_queue);
                _idle--;
            }

            return _queue.TryDequeue(out IDiskJob? job) ? job : null;
        }
    }
}
