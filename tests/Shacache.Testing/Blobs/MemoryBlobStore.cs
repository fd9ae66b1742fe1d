using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Shacache.Core.Blobs;

namespace Shacache.Testing.Blobs;

/// <summary>A store in memory for tests of what stands in front of a store. It passes the contract, and counts.</summary>
public sealed class MemoryBlobStore : IBlobStore
{
    private readonly ConcurrentDictionary<Digest, (byte[] Content, DateTimeOffset StoredAt)> _blobs = new();
    private int _opens;
    private int _uploads;
    private int _openUploads;
    private int _stores;

    /// <summary>Calls of <see cref="OpenAsync"/>.</summary>
    public int Opens => _opens;

    /// <summary>Calls of <see cref="BeginUploadAsync"/>.</summary>
    public int Uploads => _uploads;

    /// <summary>Uploads that were not disposed of yet.</summary>
    public int OpenUploads => _openUploads;

    /// <summary>Calls of <see cref="StoreAsync"/>.</summary>
    public int Stores => _stores;

    public int Count => _blobs.Count;

    /// <summary>Runs before a write is staged: waits, or throws as a broken backend does. Gets the number of bytes staged before.</summary>
    public Func<long, CancellationToken, Task>? BeforeWrite { get; init; }

    /// <summary>Runs before a blob is published, by either way.</summary>
    public Func<CancellationToken, Task>? BeforeCommit { get; init; }

    /// <summary>Runs before a blob is deleted.</summary>
    public Func<Digest, Task>? BeforeDelete { get; init; }

    /// <summary>Runs before each read of an open blob.</summary>
    public Func<Task>? BeforeRead { get; init; }

    /// <summary>Puts content under a name without a check: decay.</summary>
    public void Plant(Digest digest, byte[] content) => _blobs[digest] = (content, DateTimeOffset.UnixEpoch);

    public ValueTask<IBlob?> OpenAsync(Digest digest, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        Interlocked.Increment(ref _opens);
        return new ValueTask<IBlob?>(_blobs.TryGetValue(digest, out (byte[] Content, DateTimeOffset) blob) ? new Blob(this, digest, blob.Content) : null);
    }

    public ValueTask<IBlobUpload> BeginUploadAsync(long? lengthBytes, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        Interlocked.Increment(ref _uploads);
        Interlocked.Increment(ref _openUploads);
        return new ValueTask<IBlobUpload>(new Upload(this));
    }

    public ValueTask<BlobCommit> StoreAsync(Digest digest, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _stores);
        return PublishAsync(digest, content.ToArray(), cancellationToken);
    }

    public async ValueTask<bool> DeleteAsync(Digest digest, CancellationToken cancellationToken)
    {
        if (BeforeDelete is not null)
            await BeforeDelete(digest);
        return _blobs.TryRemove(digest, out _);
    }

    public async IAsyncEnumerable<BlobInfo> ListAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await Task.Yield();
        foreach ((Digest digest, (byte[] content, DateTimeOffset storedAt)) in _blobs)
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return new BlobInfo(digest, content.Length, storedAt);
        }
    }

    private async ValueTask<BlobCommit> PublishAsync(Digest digest, byte[] content, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (BeforeCommit is not null)
            await BeforeCommit(cancellationToken);
        return _blobs.TryAdd(digest, (content, TimeProvider.System.GetUtcNow())) ? BlobCommit.Created : BlobCommit.AlreadyStored;
    }

    private sealed class Blob(MemoryBlobStore store, Digest digest, byte[] content) : IBlob
    {
        public Digest Digest => digest;

        public long LengthBytes => content.Length;

        public async ValueTask<int> ReadAsync(long offset, Memory<byte> destination, CancellationToken cancellationToken)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (store.BeforeRead is not null)
                await store.BeforeRead();
            int count = (int)Math.Min(destination.Length, content.Length - offset);
            content.AsMemory((int)offset, count).CopyTo(destination);
            return count;
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }

    private sealed class Upload(MemoryBlobStore store) : IBlobUpload
    {
        private readonly MemoryStream _staged = new();
        private bool _disposed;

        public async ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            cancellationToken.ThrowIfCancellationRequested();
            if (store.BeforeWrite is not null)
                await store.BeforeWrite(_staged.Length, cancellationToken);
            _staged.Write(bytes.Span);
        }

        public ValueTask<BlobCommit> CommitAsync(Digest digest, CancellationToken cancellationToken) =>
            store.PublishAsync(digest, _staged.ToArray(), cancellationToken);

        public ValueTask DisposeAsync()
        {
            if (!_disposed)
                Interlocked.Decrement(ref store._openUploads);
            _disposed = true;
            return ValueTask.CompletedTask;
        }
    }
}
