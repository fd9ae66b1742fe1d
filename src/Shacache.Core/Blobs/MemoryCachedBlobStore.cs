namespace Shacache.Core.Blobs;

/// <summary>Keeps small blobs that are read in memory, verified, and answers from there at once.</summary>
/// <remarks>
/// <para>
/// A hit of <see cref="OpenAsync"/> completes synchronously, allocates nothing, and its blob offers <see cref="IBlob.Content"/>.
/// What comes from the inner store is hashed before it is served, so a damaged small blob is never served: the inner store is told, and
/// has it no longer. Uploads are not
/// cached: what is uploaded is seldom read soon.
/// </para>
/// <para>Deletions must pass through this store. One that does not shows when the blob falls out of memory.</para>
/// </remarks>
public sealed class MemoryCachedBlobStore : IBlobStore
{
    /// <summary>Blobs up to this length are cached. Longer ones gain little, as the transfer outweighs the opening of the file.</summary>
    public const int MaxBlobBytes = 64 * 1024;

    private readonly IBlobStore _inner;
    private readonly MemoryBlobCache _cache;

    /// <summary>Creates an empty cache.</summary>
    /// <param name="inner">Where the blobs are.</param>
    /// <param name="maxBytes">Most bytes of memory that the cached blobs take together.</param>
    public MemoryCachedBlobStore(IBlobStore inner, long maxBytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(maxBytes);
        _inner = inner;
        _cache = new MemoryBlobCache(maxBytes);
    }

    /// <summary>Bytes of memory that the cached blobs take now.</summary>
    public long UsedBytes => _cache.UsedBytes;

    /// <summary>Whether what is in memory may be served: asked at each hit. False while it is not known what other nodes took away although it could be.</summary>
    public Func<bool> IsCurrent { get; init; } = static () => true;

    /// <summary>Drops what is in memory of a blob whose file is gone.</summary>
    public void Forget(Digest digest) => _cache.Remove(digest);

    /// <summary>Forgets everything: some of it may be gone from the store, and it is not known what.</summary>
    public void ForgetAll() => _cache.Clear();

    /// <inheritdoc/>
    public ValueTask<IBlob?> OpenAsync(Digest digest, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
            return ValueTask.FromCanceled<IBlob?>(cancellationToken);
        return _cache.Find(digest) is { } cached && IsCurrent() ? new ValueTask<IBlob?>(cached) : OpenInnerAsync(digest, isForLength: false, cancellationToken);
    }

    /// <inheritdoc/>
    /// <remarks>Small blobs are read all the same: they are compared with their digest here.</remarks>
    public ValueTask<IBlob?> OpenForLengthAsync(Digest digest, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
            return ValueTask.FromCanceled<IBlob?>(cancellationToken);
        return _cache.Find(digest) is { } cached && IsCurrent() ? new ValueTask<IBlob?>(cached) : OpenInnerAsync(digest, isForLength: true, cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask<bool> ExistsAsync(Digest digest, CancellationToken cancellationToken) => _inner.ExistsAsync(digest, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<string?> FindProblemAsync(CancellationToken cancellationToken) => _inner.FindProblemAsync(cancellationToken);

    /// <inheritdoc/>
    public ValueTask<IBlobUpload> BeginUploadAsync(long? lengthBytes, CancellationToken cancellationToken) =>
        _inner.BeginUploadAsync(lengthBytes, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<BlobCommit> StoreAsync(Digest digest, ReadOnlyMemory<byte> content, CancellationToken cancellationToken) =>
        _inner.StoreAsync(digest, content, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<bool> DeleteAsync(Digest digest, CancellationToken cancellationToken) => ForgetAfterAsync(digest, _inner.DeleteAsync(digest, cancellationToken));

    /// <inheritdoc/>
    public ValueTask<bool> PurgeAsync(Digest digest, CancellationToken cancellationToken) => ForgetAfterAsync(digest, _inner.PurgeAsync(digest, cancellationToken));

    /// <inheritdoc/>
    public async ValueTask<bool> VerifyAsync(Digest digest, CancellationToken cancellationToken)
    {
        bool isStored = await _inner.VerifyAsync(digest, cancellationToken).ConfigureAwait(false);
        if (!isStored)
            _cache.Remove(digest);
        return isStored;
    }

    /// <inheritdoc/>
    public IAsyncEnumerable<BlobInfo> ListAsync(CancellationToken cancellationToken) => _inner.ListAsync(cancellationToken);

    private async ValueTask<bool> ForgetAfterAsync(Digest digest, ValueTask<bool> removing)
    {
        try
        {
            return await removing.ConfigureAwait(false);
        }
        finally
        {
            _cache.Remove(digest);
        }
    }

    private async ValueTask<IBlob?> OpenInnerAsync(Digest digest, bool isForLength, CancellationToken cancellationToken)
    {
        for (bool isSecondLook = false; ; isSecondLook = true)
        {
            long removals = _cache.Removals;
            IBlob? blob = isForLength
                ? await _inner.OpenForLengthAsync(digest, cancellationToken).ConfigureAwait(false)
                : await _inner.OpenAsync(digest, cancellationToken).ConfigureAwait(false);
            if (blob is null || blob.LengthBytes > MaxBlobBytes)
                return blob;
            await using (blob.ConfigureAwait(false))
            {
                try
                {
                    byte[] content = await LoadAsync(blob, cancellationToken).ConfigureAwait(false);
                    if (Digest.Compute(content) == digest)
                    {
                        var loaded = new MemoryBlob(digest, content);
                        _cache.Add(loaded, removals);
                        return loaded;
                    }
                }
                catch (BlobStoreException) when (!isSecondLook)
                {
                    // What cannot be read is judged as what is wrong.
                }
            }

            if (!await _inner.VerifyAsync(digest, cancellationToken).ConfigureAwait(false))
                return null;

            // An upload has repaired it in between.
            if (isSecondLook)
                throw new BlobStoreException($"Blob {digest} was found damaged twice, and whole in between.");
        }
    }

    private static async ValueTask<byte[]> LoadAsync(IBlob blob, CancellationToken cancellationToken)
    {
        byte[] content = new byte[blob.LengthBytes];
        for (int offset = 0; offset < content.Length;)
        {
            int read = await blob.ReadAsync(offset, content.AsMemory(offset), cancellationToken).ConfigureAwait(false);
            if (read == 0)
                throw new BlobStoreException($"Blob {blob.Digest} ended after {offset} of {content.Length} bytes.");
            offset += read;
        }

        return content;
    }
}
