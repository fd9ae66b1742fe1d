using System.Diagnostics.CodeAnalysis;
using Shacache.Posix;

namespace Shacache.Blobs.FileSystem.Files;

/// <summary>Threads of our own for calls that wait for the disk, so that they never block the thread pool, which serves the reads.</summary>
/// <remarks>
/// The queue needs no limit: an upload waits for its one job before it queues the next, so there are never more jobs than
/// uploads, and the server bounds those. Threads start when they are first needed; while none can be started, those that there are do the
/// work, and without any the caller does: late is better than never.
/// </remarks>
internal sealed class DiskThreads(int maxThreads, ThreadStarter starter) : IDisposable
{
    /// <summary>So many jobs in a row must have found nothing else under way before the next is the caller's: one client, and not a gap between many.</summary>
    private const int AloneBeforeHere = 8;

    private readonly Queue<IDiskJob> _queue = new();
    private readonly List<Thread> _threads = [];
    private int _idle;
    private int _aloneInARow;
    private bool _callerWorks;
    private bool _disposed;

    /// <summary>Runs <paramref name="work"/> on one of the threads; what it throws is thrown to who awaits.</summary>
    public ValueTask<TResult> RunAsync<TState, TResult>(TState state, Func<TState, TResult> work)
    {
        var job = new DiskJob<TState, TResult>(state, work);
        Enqueue(job);
        return job.Task;
    }

    /// <summary>
    /// The same, but when nothing else has been under way for a few jobs, the caller's thread does the work: two changes of thread
    /// cost a third of what a small write costs in all.
    /// </summary>
    /// <remarks>One caller at a time, so that a slow disk holds up one thread of the pool at most.</remarks>
    public ValueTask<TResult> RunHereWhenIdleAsync<TState, TResult>(TState state, Func<TState, TResult> work)
    {
        if (!TryWorkHere(state, work, out DiskJob<TState, TResult>? queued))
            return queued.Task;
        try
        {
            return new ValueTask<TResult>(work(state));
        }
        catch (Exception e)
        {
            return ValueTask.FromException<TResult>(e);
        }
        finally
        {
            EndWorkHere();
        }
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

    /// <summary>Runs a job that has its promise already.</summary>
    public void Run(IDiskJob job) => Enqueue(job);

    /// <summary>Finishes what is queued, then ends the threads.</summary>
    public void Dispose()
    {
        lock (_queue)
        {
            _disposed = true;
            Monitor.PulseAll(_queue);
            while (_callerWorks)
                Monitor.Wait(_queue);
        }

        // Nothing is queued any more, so no thread is started any more.
        foreach (Thread thread in _threads)
            thread.Join();
    }

    /// <summary>One look under one lock: many uploads at once contend for it.</summary>
    private bool TryWorkHere<TState, TResult>(
        TState state, Func<TState, TResult> work, [NotNullWhen(false)] out DiskJob<TState, TResult>? queued)
    {
        queued = null;
        bool isQueued;
        lock (_queue)
        {
            bool alone = !_disposed && !_callerWorks && _queue.Count == 0 && _idle == _threads.Count;
            _aloneInARow = alone ? Math.Min(_aloneInARow + 1, AloneBeforeHere + 1) : 0;
            if (_aloneInARow > AloneBeforeHere)
                return _callerWorks = true;
            queued = new DiskJob<TState, TResult>(state, work);
            isQueued = TryEnqueue(queued);
        }

        if (!isQueued)
            queued.Run();
        return false;
    }

    private void EndWorkHere()
    {
        lock (_queue)
        {
            _callerWorks = false;
            if (_disposed)
                Monitor.PulseAll(_queue);
        }
    }

    private void Enqueue(IDiskJob job)
    {
        bool isQueued;
        lock (_queue)
            isQueued = TryEnqueue(job);
        if (!isQueued)
            job.Run();
    }

    /// <returns>False: there is no thread that would take it.</returns>
    private bool TryEnqueue(IDiskJob job)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (_queue.Count >= _idle && _threads.Count < maxThreads && starter.TryStart("shacache disk", Work) is { } thread)
            _threads.Add(thread);
        if (_threads.Count == 0)
            return false;
        _queue.Enqueue(job);
        Monitor.Pulse(_queue);
        return true;
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

/// <summary>Starts threads that get the disk when no other thread wants it, where the system can do that.</summary>
internal sealed class QuietThreadStarter : ThreadStarter
{
    public override Thread? TryStart(string name, ThreadStart work) => base.TryStart(name, () =>
    {
        ProcessCalls.TrySetIdleDiskPriority();
        work();
    });
}

/// <summary>Starts threads as far as the system lets it: there is a limit to them, to memory, and to the descriptors that each takes.</summary>
internal class ThreadStarter
{
    /// <summary>What these threads do needs little.</summary>
    private const int StackBytes = 256 * 1024;

    /// <summary>Starts a thread that does not keep the process alive.</summary>
    /// <returns>Null: there is none to be had now. The work was not begun; the next try may do better.</returns>
    public virtual Thread? TryStart(string name, ThreadStart work)
    {
        try
        {
            var thread = new Thread(work, StackBytes) { IsBackground = true, Name = name };
            thread.Start();
            return thread;
        }
        catch (Exception e) when (e is OutOfMemoryException or ThreadStartException)
        {
            return null;
        }
    }
}
