using Microsoft.Win32.SafeHandles;
using Shacache.Blobs.FileSystem.Files;
using Shacache.Core.Blobs;

namespace Shacache.Blobs.FileSystem.Uploads;

/// <summary>A staged file that grows. Every call that may wait for the disk does so on the store's threads.</summary>
internal sealed class FileSystemBlobUpload(BlobPublisher publisher, DiskThreads threads) : IBlobUpload
{
    private readonly Writeback _writeback = publisher.NewWriteback();
    private StagedFile? _file;
    private long _lengthBytes;
    private bool _ended;

    public ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(_ended, this);
        if (cancellationToken.IsCancellationRequested)
            return ValueTask.FromCanceled(cancellationToken);
        if (bytes.IsEmpty)
            return ValueTask.CompletedTask;
        return threads.RunAsync((this, bytes), static s => s.Item1.Write(s.bytes.Span));
    }

    public async ValueTask<BlobCommit> CommitAsync(Digest digest, CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(_ended, this);
        cancellationToken.ThrowIfCancellationRequested();
        return await threads.RunAsync((this, digest, cancellationToken), static s => s.Item1.Commit(s.digest, s.cancellationToken))
            .ConfigureAwait(false);
    }

    public ValueTask DisposeAsync()
    {
        _ended = true;
        if (_file is null)
            return ValueTask.CompletedTask;
        StagedFile file = _file;
        _file = null;
        try
        {
            // Giving back the blocks of a large file takes the file system a while.
            return threads.RunAsync(file, static file => file.Dispose());
        }
        catch (ObjectDisposedException)
        {
            // The store was closed first; the file must not stay open for that.
            file.Dispose();
            return ValueTask.CompletedTask;
        }
    }

    private void Write(ReadOnlySpan<byte> bytes)
    {
        _file ??= publisher.Stage();
        publisher.Write(_file, _lengthBytes, bytes);
        _lengthBytes += bytes.Length;
        publisher.Advance(_writeback, _file, _lengthBytes);
    }

    private BlobCommit Commit(Digest digest, CancellationToken cancellationToken)
    {
        _file ??= publisher.Stage();
        BlobCommit commit = publisher.Publish(_file, _lengthBytes, digest, cancellationToken);
        _ended = true;
        _file.Dispose();
        _file = null;
        return commit;
    }
}

/// <summary>Hands a file that grows to the disk in steps, and lets go of the memory that holds what the disk has.</summary>
/// <remarks>
/// So the last flush is short, and a long upload takes the same few MiB of the system's page cache again and again. It would otherwise push out
/// what is read often; and memory that the system has to find first, by taking it from something else or, on a virtual machine, from the host,
/// is several times slower to write to. The price: of long content only the end is still in memory when it is first read.
/// </remarks>
/// <param name="waits">Whether what is far behind the end is waited for; otherwise it is only handed over, and stays in memory.</param>
internal sealed class Writeback(bool waits)
{
    /// <summary>How much may be dirty before it is handed to the disk.</summary>
    private const long StepBytes = 8 << 20;

    /// <summary>Bytes that lie further than this before the end must be on the disk before more are taken. Content up to this length stays in memory whole.</summary>
    private const long LagBytes = 3 * StepBytes;

    private long _handedOverBytes;
    private long _finishedBytes;

    /// <summary>To be called after each write. Waits when the disk is too slow.</summary>
    /// <param name="file">The file.</param>
    /// <param name="lengthBytes">How long it is by now.</param>
    /// <param name="path">What to call it in a message.</param>
    /// <exception cref="IOException">Earlier bytes could not be written.</exception>
    public void Advance(SafeFileHandle file, long lengthBytes, string path)
    {
        if (lengthBytes - _handedOverBytes < StepBytes)
            return;
        bool isTaken = Disk.StartWriteback(file, _handedOverBytes, lengthBytes - _handedOverBytes);
        _handedOverBytes = lengthBytes;
        long finished = lengthBytes - LagBytes;
        if (!waits || !isTaken || finished <= _finishedBytes)
            return;
        Disk.FinishWriteback(file, _finishedBytes, finished - _finishedBytes, path);
        _finishedBytes = finished;
    }
}
