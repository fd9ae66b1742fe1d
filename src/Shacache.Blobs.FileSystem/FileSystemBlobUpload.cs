using Shacache.Core.Blobs;

namespace Shacache.Blobs.FileSystem;

/// <summary>A staged file that grows. Every call that may wait for the disk does so on the store's threads.</summary>
internal sealed class FileSystemBlobUpload(BlobPublisher publisher, DiskThreads threads) : IBlobUpload
{
    private readonly Writeback _writeback = new();
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
