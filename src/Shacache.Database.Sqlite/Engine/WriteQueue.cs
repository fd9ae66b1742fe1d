using System.Collections.Concurrent;
using SQLitePCL;

namespace Shacache.Database.Sqlite.Engine;

/// <summary>The only writer of the process: a thread that commits all that waits in one transaction.</summary>
/// <remarks>
/// A commit costs one flush of the disk, however many changes it holds; while it runs, the next batch gathers. Each waiter is
/// released only after the commit that holds its change. When a batch fails, its changes are made again one by one, so that a
/// bad one does not fail its neighbours.
/// </remarks>
internal sealed class WriteQueue : IDisposable
{
    private const int MaxWaiting = 1024;
    private const int MaxBatch = 256;

    private readonly Connection _connection;
    private readonly Checkpointer _checkpointer;
    private readonly SemaphoreSlim _room = new(MaxWaiting);
    private readonly BlockingCollection<WriteJob> _jobs = new(new ConcurrentQueue<WriteJob>());
    private readonly Thread _thread;
    private long _commitCount;
    private long _changes;

    /// <param name="connection">The writer's own; disposed with the queue.</param>
    /// <param name="checkpointer">Told of every commit.</param>
    public WriteQueue(Connection connection, Checkpointer checkpointer)
    {
        _connection = connection;
        _checkpointer = checkpointer;
        _thread = new Thread(Run) { IsBackground = true, Name = "SQLite writer" };
        _thread.Start();
    }

    /// <summary>How many transactions were committed. Fewer than changes, when many wait.</summary>
    public long CommitCount => Interlocked.Read(ref _commitCount);

    /// <summary>Goes up after each attempt to commit, before anybody learns how it ended: what was read at another number may be out of date.</summary>
    public long Changes => Interlocked.Read(ref _changes);

    /// <summary>How many changes wait for the commit that holds them to begin.</summary>
    public int Waiting => _jobs.Count;

    /// <summary>Makes a change and waits until it is durable.</summary>
    /// <param name="change">Runs on the writer's thread; uses the connection and nothing that another thread touches.</param>
    /// <param name="cancellationToken">Honoured while the change waits for its turn.</param>
    /// <exception cref="SqliteFailureException">The change was not made.</exception>
    public async Task<T> RunAsync<T>(Func<Connection, T> change, CancellationToken cancellationToken)
    {
        await _room.WaitAsync(cancellationToken).ConfigureAwait(false);
        var job = new WriteJob<T>(change, cancellationToken);
        try
        {
            _jobs.Add(job, CancellationToken.None);
        }
        catch (InvalidOperationException e)
        {
            // The next one who waits for room is to learn of it as well.
            _room.Release();
            throw new ObjectDisposedException("The database is closed.", e);
        }

        return await job.Done.ConfigureAwait(false);
    }

    /// <summary>Makes what is waiting, then ends.</summary>
    public void Dispose()
    {
        _jobs.CompleteAdding();
        _thread.Join();
        _connection.Dispose();
        _jobs.Dispose();
        // Not _room: callers may still wait for it, and it holds nothing that needs to be released.
    }

    private void Run()
    {
        List<WriteJob> batch = new(MaxBatch);
        while (_jobs.TryTake(out WriteJob? job, Timeout.Infinite))
        {
            int taken = 0;
            do
            {
                taken++;
                if (!job.TryCancel())
                    batch.Add(job);
            }
            while (taken < MaxBatch && _jobs.TryTake(out job));

            _room.Release(taken);
            if (batch.Count == 0)
                continue;
            Commit(batch);
            batch.Clear();
            _checkpointer.NoteCommit();
            if (_checkpointer.TakeRestartRequest())
                RestartLog();
        }
    }

    private void Commit(List<WriteJob> batch)
    {
        try
        {
            InTransaction(batch);
        }
        catch (Exception e)
        {
            if (batch.Count == 1)
                batch[0].Fail(e);
            else
                CommitEach(batch);
            return;
        }

        foreach (WriteJob job in batch)
            job.Complete();
    }

    private void CommitEach(List<WriteJob> batch)
    {
        foreach (WriteJob job in batch)
            Commit([job]);
    }

    private void InTransaction(List<WriteJob> batch)
    {
        try
        {
            _connection.Execute("BEGIN IMMEDIATE");
            foreach (WriteJob job in batch)
                job.Execute(_connection);
            _connection.Execute("COMMIT");
            Interlocked.Increment(ref _commitCount);
        }
        catch
        {
            _connection.Rollback();
            throw;
        }
        finally
        {
            Interlocked.Increment(ref _changes);
        }
    }

    /// <summary>
    /// Lets the next commit restart the log. Under constant load the checkpointer never catches up with the writer, who
    /// so has to stop for this once in a while; little is left to copy then.
    /// </summary>
    private void RestartLog()
    {
        try
        {
            // Never wait for readers here. If one is in the way, the checkpointer asks again.
            _connection.SetBusyTimeout(0);
            _connection.Checkpoint(raw.SQLITE_CHECKPOINT_RESTART);
        }
        catch (SqliteFailureException)
        {
            // The log keeps what it has, and the checkpointer asks again.
        }
        finally
        {
            _connection.SetBusyTimeout(Connection.BusyTimeoutMs);
        }
    }
}
