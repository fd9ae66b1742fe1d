using System.Collections.Concurrent;
using Shacache.Core.Blobs;

namespace Shacache.Tests.Tier;

/// <summary>A real store that stands for one on another machine: it counts what is read of it, and is slow, away or wrong when a test wants that.</summary>
internal sealed class RemoteStore(IBlobStore inner) : IBlobStore
{
    private int _reading;
    private int _opens;
    private long _readBytes;

    /// <summary>Whether it answers nothing.</summary>
    public bool IsAway { get; set; }

    /// <summary>Waited for before each read of an open blob, with the offset.</summary>
    public Func<long, Task>? BeforeRead { get; set; }

    /// <summary>Changes what was read.</summary>
    public Action<long, Memory<byte>>? AfterRead { get; set; }

    /// <summary>Waited for after a blob was opened.</summary>
    public Func<Task>? AfterOpen { get; set; }

    /// <summary>Of which blobs it was asked whether they are right.</summary>
    public ConcurrentQueue<Digest> Verified { get; } = [];

    /// <summary>How many blobs were opened.</summary>
    public int Opens => _opens;

    /// <summary>How many blobs of those were read.</summary>
    public int Transfers => _reading;

    /// <summary>How many bytes were read.</summary>
    public long ReadBytes => Interlocked.Read(ref _readBytes);

    public async ValueTask<IBlob?> OpenAsync(Digest digest, CancellationToken cancellationToken)
    {
        Check();
        Interlocked.Increment(ref _opens);
        IBlob? blob = await inner.OpenAsync(digest, cancellationToken);
        if (AfterOpen is { } wait)
            await wait();
        return blob is null ? null : new Blob(this, blob);
    }

    public ValueTask<bool> ExistsAsync(Digest digest, CancellationToken cancellationToken)
    {
        Check();
        return inner.ExistsAsync(digest, cancellationToken);
    }

    public ValueTask<IBlobUpload> BeginUploadAsync(long? lengthBytes, CancellationToken cancellationToken)
    {
        Check();
        return inner.BeginUploadAsync(lengthBytes, cancellationToken);
    }

    public ValueTask<BlobCommit> StoreAsync(Digest digest, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        Check();
        return inner.StoreAsync(digest, content, cancellationToken);
    }

    public ValueTask<bool> DeleteAsync(Digest digest, CancellationToken cancellationToken)
    {
        Check();
        return inner.DeleteAsync(digest, cancellationToken);
    }

    public ValueTask<bool> VerifyAsync(Digest digest, CancellationToken cancellationToken)
    {
        Check();
        Verified.Enqueue(digest);
        return inner.VerifyAsync(digest, cancellationToken);
    }

    public IAsyncEnumerable<BlobInfo> ListAsync(CancellationToken cancellationToken) => inner.ListAsync(cancellationToken);

    private void Check()
    {
        if (IsAway)
            throw new BlobStoreException("The remote store does not answer.") { IsAway = true };
    }

    private sealed class Blob(RemoteStore store, IBlob inner) : IBlob
    {
        private bool _isRead;

        public Digest Digest => inner.Digest;

        public long LengthBytes => inner.LengthBytes;

        public async ValueTask<int> ReadAsync(long offset, Memory<byte> destination, CancellationToken cancellationToken)
        {
            if (!_isRead)
                Interlocked.Increment(ref store._reading);
            _isRead = true;
            if (store.BeforeRead is { } wait)
                await wait(offset).WaitAsync(cancellationToken);
            store.Check();
            int count = await inner.ReadAsync(offset, destination, cancellationToken);
            store.AfterRead?.Invoke(offset, destination[..count]);
            Interlocked.Add(ref store._readBytes, count);
            return count;
        }

        public ValueTask DisposeAsync() => inner.DisposeAsync();
    }
}
