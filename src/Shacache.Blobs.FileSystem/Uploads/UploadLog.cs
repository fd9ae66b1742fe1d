using Shacache.Blobs.FileSystem.Files;
using Shacache.Core.Blobs;

namespace Shacache.Blobs.FileSystem.Uploads;

/// <summary>A log that makes many small uploads durable with one flush, before their files are. Linux only; calls block.</summary>
/// <remarks>
/// <para>
/// Two segments are written in turn. When one is full, everything that the file system holds in memory is written out (<c>syncfs</c>), the files of
/// its records among it, while the other one takes the next records; then it is started again. After a crash the start reads both, and stores again what
/// is not in its file as it should be. Content is its own name, so the order does not matter, nor does doing it twice.
/// </para>
/// <para>For one caller at a time, who gives files their names only after <see cref="Append"/>, and before its next call.</para>
/// </remarks>
internal sealed class UploadLog : IDisposable
{
    /// <summary>Longer content is not worth to be written twice.</summary>
    public const int MaxContentBytes = 32 * 1024;

    private readonly BlobLayout _layout;
    private readonly ThreadStarter _starter;
    private readonly LogSegment[] _segments;
    private readonly ManualResetEventSlim _written = new(initialState: true);
    private readonly byte[] _heads = new byte[GroupCommit.MaxBatch * LogSegment.HeadBytes];
    private readonly List<ReadOnlyMemory<byte>> _records = new(2 * GroupCommit.MaxBatch);
    private int _current;
    private volatile bool _isBroken;

    private UploadLog(BlobLayout layout, ThreadStarter starter)
    {
        _layout = layout;
        _starter = starter;
        _segments = [new LogSegment(layout.UploadLog(0)), new LogSegment(layout.UploadLog(1))];
    }

    /// <summary>False once the log could not be flushed, or what it vouches for could not be written out. It then stays as it is, for the next start.</summary>
    public bool IsUsable => !_isBroken;

    /// <summary>Opens the log, and restores what a crash has left of the files that it vouches for.</summary>
    /// <exception cref="IOException">That is not possible. Nothing of the log is lost.</exception>
    public static UploadLog Open(BlobLayout layout, BlobPublisher publisher, ThreadStarter starter)
    {
        var log = new UploadLog(layout, starter);
        try
        {
            bool hasRecords = false;
            foreach ((Digest digest, byte[] content) in log._segments.SelectMany(segment => segment.ReadAll()))
            {
                hasRecords = true;
                publisher.Restore(digest, content);
            }

            if (hasRecords)
                log.WriteOut();
            return log;
        }
        catch
        {
            log.CloseSegments();
            throw;
        }
    }

    /// <summary>Returns when the uploads survive a loss of power.</summary>
    /// <exception cref="IOException">They may not.</exception>
    public void Append(List<StoreJob> uploads)
    {
        long lengthBytes = 0;
        foreach (StoreJob upload in uploads)
            lengthBytes += LogSegment.HeadBytes + upload.State.Content.Length;
        if (!_segments[_current].HasRoom(lengthBytes))
            Turn();
        LogSegment segment = _segments[_current];
        _records.Clear();
        for (int i = 0; i < uploads.Count; i++)
        {
            Memory<byte> head = _heads.AsMemory(i * LogSegment.HeadBytes, LogSegment.HeadBytes);
            SmallUpload upload = uploads[i].State;
            segment.WriteHead(head.Span, upload.Digest, upload.Content.Length);
            _records.Add(head);
            _records.Add(upload.Content);
        }

        segment.Write(_records, lengthBytes);
        try
        {
            segment.Flush(lengthBytes);
        }
        catch (IOException)
        {
            // A second flush may succeed and mean nothing: the system forgets what it failed to write.
            _isBroken = true;
            throw;
        }
    }

    /// <summary>Writes everything out, so that a start after a crash restores nothing of what was stored until now.</summary>
    /// <exception cref="IOException">It may restore it.</exception>
    public void Empty()
    {
        _written.Wait();
        if (_isBroken)
            throw new IOException("The upload log could not be written out, and is kept for the next start.");
        WriteOut();
    }

    /// <summary>Writes everything out, so that the next start has nothing to restore.</summary>
    public void Dispose()
    {
        _written.Wait();
        try
        {
            if (!_isBroken)
                WriteOut();
        }
        catch (IOException)
        {
            // The records stay, and the next start restores from them.
        }

        CloseSegments();
        _written.Dispose();
    }

    /// <summary>Goes on with the other segment, and has this one's files written out meanwhile.</summary>
    private void Turn()
    {
        _written.Wait();
        if (_isBroken)
            throw new IOException($"The files that {_layout.UploadLog(1 - _current)} vouches for could not be written out.");
        LogSegment full = _segments[_current];
        _segments[1 - _current].Restart();
        _current = 1 - _current;
        _written.Reset();
        // Without a thread it is done here: the uploads wait, and none is lost.
        if (_starter.TryStart("shacache log", () => WriteOutFull(full)) is null)
            WriteOutFull(full);
    }

    private void WriteOutFull(LogSegment full)
    {
        try
        {
            Disk.FlushFileSystem(full.Handle!, _layout.Data);
        }
        catch (IOException)
        {
            _isBroken = true;
        }
        finally
        {
            _written.Set();
        }
    }

    private void WriteOut()
    {
        if (_segments.FirstOrDefault(segment => segment.Handle is not null) is not { } any)
            return;
        Disk.FlushFileSystem(any.Handle!, _layout.Data);
        foreach (LogSegment segment in _segments)
            segment.Clear();
    }

    private void CloseSegments()
    {
        foreach (LogSegment segment in _segments)
            segment.Dispose();
    }
}

/// <summary>A small upload that is under way in <see cref="GroupCommit"/>.</summary>
/// <param name="Digest">Its name.</param>
/// <param name="Content">Its bytes; unchanged until the job is done.</param>
/// <param name="CancellationToken">Honoured until it is staged.</param>
internal readonly record struct SmallUpload(Digest Digest, ReadOnlyMemory<byte> Content, CancellationToken CancellationToken);
