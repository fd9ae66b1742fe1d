using Shacache.Blobs.FileSystem.Files;
using Shacache.Core.Blobs;

namespace Shacache.Blobs.FileSystem.Uploads;

/// <summary>Stores small blobs, all that wait at a time together: one flush of the log makes them durable.</summary>
/// <remarks>
/// One thread does it, as the work beside the flush is little; or the caller's, when uploads have come one by one for a while: two
/// changes of thread cost more than all the rest. It handles the plain case only; everything else (the blob is there already, its
/// folder is gone, no room) is left to the disk threads, which store the blob without the log, or find the reason not to.
/// </remarks>
internal sealed class GroupCommit : IDisposable
{
    /// <summary>Most uploads that share a flush.</summary>
    public const int MaxBatch = 128;

    /// <summary>So many uploads in a row must have found nothing else under way before the next is the caller's: one client, and not a gap between many.</summary>
    private const int AloneBeforeHere = 8;

    private readonly BlobPublisher _publisher;
    private readonly Staging _staging;
    private readonly DiskThreads _threads;
    private readonly UploadLog _log;
    private readonly ThreadStarter _starter;
    private readonly Queue<StoreJob> _queue = new();
    private readonly List<StoreJob> _batch = new(MaxBatch);
    private readonly List<StagedFile> _files = new(MaxBatch);
    private Thread? _thread;
    private int _aloneInARow;
    private int _waitingForLog;
    private bool _isCommitting;
    private bool _disposed;

    public GroupCommit(BlobPublisher publisher, Staging staging, DiskThreads threads, UploadLog log, ThreadStarter starter)
    {
        _publisher = publisher;
        _staging = staging;
        _threads = threads;
        _log = log;
        _starter = starter;
    }

    /// <summary>Whether this is the way to store a blob.</summary>
    public bool Takes(int lengthBytes) => lengthBytes is > 0 and <= UploadLog.MaxContentBytes && _log.IsUsable;

    /// <summary>Stores a blob; one caller at a time may wait for the disk meanwhile.</summary>
    public ValueTask<BlobCommit> StoreAsync(Digest digest, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        var job = new StoreJob(new SmallUpload(digest, content, cancellationToken), Store);
        switch (Assign(job))
        {
            case Worker.Caller:
                _batch.Add(job);
                Commit();
                break;
            case Worker.DiskThread:
                _threads.Run(job);
                break;
        }

        return job.Task;
    }

    /// <summary>Has the log vouch for nothing any more: what was deleted by now does not come back after a crash.</summary>
    /// <exception cref="BlobStoreException">It may come back.</exception>
    public void EmptyLog()
    {
        lock (_queue)
        {
            _waitingForLog++;
            while (_isCommitting)
                Monitor.Wait(_queue);
            _waitingForLog--;
            ObjectDisposedException.ThrowIf(_disposed, this);
            _isCommitting = true;
        }

        try
        {
            _log.Empty();
        }
        catch (IOException e)
        {
            throw StorageFailure.From(e, "What was deleted may come back after a crash");
        }
        finally
        {
            EndTurn();
        }
    }

    /// <summary>Stores what waits, and then ends.</summary>
    public void Dispose()
    {
        lock (_queue)
        {
            if (_disposed)
                return;
            _disposed = true;
            Monitor.PulseAll(_queue);
            while (_isCommitting)
                Monitor.Wait(_queue);
        }

        _thread?.Join();
        _log.Dispose();
    }

    private BlobCommit Store(SmallUpload upload) => _publisher.Store(upload.Digest, upload.Content.Span, upload.CancellationToken);

    /// <summary>Says who stores it, and queues it for the thread of the log. The caller has the batch until <see cref="Commit"/> has ended.</summary>
    private Worker Assign(StoreJob job)
    {
        lock (_queue)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            bool isAlone = !_isCommitting && _queue.Count == 0;
            _aloneInARow = isAlone ? Math.Min(_aloneInARow + 1, AloneBeforeHere + 1) : 0;
            if (_aloneInARow > AloneBeforeHere)
            {
                _isCommitting = true;
                return Worker.Caller;
            }

            bool isIdle = _thread is not null && isAlone;
            _thread ??= _starter.TryStart("shacache commit", Work);
            if (_thread is null)
                return Worker.DiskThread;
            _queue.Enqueue(job);
            if (isIdle)
                Monitor.PulseAll(_queue);
            return Worker.LogThread;
        }
    }

    private void Work()
    {
        while (TakeBatch())
            Commit();
    }

    private bool TakeBatch()
    {
        lock (_queue)
        {
            while (_isCommitting || (_queue.Count == 0 && !_disposed))
                Monitor.Wait(_queue);
            while (_batch.Count < MaxBatch && _queue.TryDequeue(out StoreJob? job))
                _batch.Add(job);
            return _isCommitting = _batch.Count > 0;
        }
    }

    private void Commit()
    {
        try
        {
            if (TryLog())
            {
                for (int i = 0; i < _batch.Count; i++)
                    Publish(_batch[i], _files[i]);
            }
            else
            {
                // Each for itself: who is cancelled or does not fit must not fail the others.
                foreach (StoreJob job in _batch)
                    _threads.Run(job);
            }
        }
        finally
        {
            _files.ForEach(file => file.Dispose());
            _files.Clear();
            _batch.Clear();
            EndTurn();
        }
    }

    private void EndTurn()
    {
        lock (_queue)
        {
            _isCommitting = false;
            if (_queue.Count > 0 || _waitingForLog > 0 || _disposed)
                Monitor.PulseAll(_queue);
        }
    }

    /// <returns>False: none of the batch is durable; the disk threads meet the reason again if it persists.</returns>
    private bool TryLog()
    {
        try
        {
            foreach (StoreJob job in _batch)
                _files.Add(Stage(job.State));
            _log.Append(_batch);
            return true;
        }
        catch (Exception)
        {
            return false;
        }
    }

    private StagedFile Stage(in SmallUpload upload)
    {
        upload.CancellationToken.ThrowIfCancellationRequested();
        StagedFile file = _publisher.Stage();
        try
        {
            _publisher.Write(file, 0, upload.Content.Span);
            return file;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>The log has the upload: from here on its file may get its name, and its uploader an answer.</summary>
    private void Publish(StoreJob job, StagedFile file)
    {
        bool isNew;
        try
        {
            isNew = _staging.TryPublish(file, job.State.Digest);
        }
        catch (Exception)
        {
            isNew = false;
        }

        file.Dispose();
        if (isNew)
            job.Complete(BlobCommit.Created);
        else
            _threads.Run(job);
    }

    private enum Worker
    {
        LogThread,
        DiskThread,
        Caller,
    }
}

/// <summary>A small upload and its promise. Run as a job of a disk thread, it is stored without the log.</summary>
internal sealed class StoreJob(SmallUpload upload, Func<SmallUpload, BlobCommit> store) : DiskJob<SmallUpload, BlobCommit>(upload, store);
