using Shacache.Core.Blobs;

namespace Shacache.Core.Retention;

/// <summary>The outermost store: refuses content that is blocked or for which there is no room, shows none that is blocked, and counts what comes.</summary>
public sealed class AdmittingBlobStore(IBlobStore inner, StoreBudget budget, BlockList blocks) : IBlobStore
{
    /// <inheritdoc/>
    public ValueTask<IBlob?> OpenAsync(Digest digest, CancellationToken cancellationToken) =>
        blocks.Contains(digest) ? new ValueTask<IBlob?>((IBlob?)null) : inner.OpenAsync(digest, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<IBlob?> OpenForLengthAsync(Digest digest, CancellationToken cancellationToken) =>
        blocks.Contains(digest) ? new ValueTask<IBlob?>((IBlob?)null) : inner.OpenForLengthAsync(digest, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<bool> ExistsAsync(Digest digest, CancellationToken cancellationToken) =>
        blocks.Contains(digest) ? new ValueTask<bool>(false) : inner.ExistsAsync(digest, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<bool> HasAsync(Digest digest, CancellationToken cancellationToken) =>
        blocks.Contains(digest) ? new ValueTask<bool>(false) : inner.HasAsync(digest, cancellationToken);

    /// <inheritdoc/>
    public IUseNotes Uses => inner.Uses;

    /// <inheritdoc/>
    public void EnsureRoom(long? lengthBytes) => budget.EnsureRoom(lengthBytes);

    /// <inheritdoc/>
    public ValueTask<string?> FindProblemAsync(CancellationToken cancellationToken) => inner.FindProblemAsync(cancellationToken);

    /// <inheritdoc/>
    public async ValueTask<IBlobUpload> BeginUploadAsync(long? lengthBytes, CancellationToken cancellationToken)
    {
        budget.EnsureRoom(lengthBytes);
        return new Upload(await inner.BeginUploadAsync(lengthBytes, cancellationToken).ConfigureAwait(false), this);
    }

    /// <inheritdoc/>
    public async ValueTask<BlobCommit> StoreAsync(Digest digest, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        budget.EnsureRoom(content.Length);
        blocks.Check(digest);
        BlobCommit commit = await inner.StoreAsync(digest, content, cancellationToken).ConfigureAwait(false);
        if (!blocks.HasNoDigest)
            await TakeBackIfBlockedAsync(digest).ConfigureAwait(false);
        if (commit == BlobCommit.Created)
            budget.NoteStored(content.Length);
        return commit;
    }

    /// <inheritdoc/>
    public ValueTask<bool> DeleteAsync(Digest digest, CancellationToken cancellationToken) => inner.DeleteAsync(digest, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<bool> PurgeAsync(Digest digest, CancellationToken cancellationToken) => inner.PurgeAsync(digest, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<bool> VerifyAsync(Digest digest, CancellationToken cancellationToken) =>
        blocks.Contains(digest) ? new ValueTask<bool>(false) : inner.VerifyAsync(digest, cancellationToken);

    /// <inheritdoc/>
    public IAsyncEnumerable<BlobInfo> ListAsync(CancellationToken cancellationToken) => inner.ListAsync(cancellationToken);

    /// <summary>A block that came in the middle of an upload has purged what was there by then: what came after it is taken back here.</summary>
    private async ValueTask TakeBackIfBlockedAsync(Digest digest)
    {
        if (!blocks.Contains(digest))
            return;
        await inner.PurgeAsync(digest, CancellationToken.None).ConfigureAwait(false);
        blocks.Check(digest);
    }

    private sealed class Upload(IBlobUpload inner, AdmittingBlobStore store) : IBlobUpload
    {
        private readonly StoreBudget _budget = store.Budget;
        private long _lengthBytes;

        public ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
        {
            _lengthBytes += bytes.Length;
            if (_lengthBytes > _budget.Options.MaxBytes)
                _budget.EnsureRoom(_lengthBytes);
            return inner.WriteAsync(bytes, cancellationToken);
        }

        public async ValueTask<BlobCommit> CommitAsync(Digest digest, CancellationToken cancellationToken)
        {
            store.Blocks.Check(digest);
            BlobCommit commit = await inner.CommitAsync(digest, cancellationToken).ConfigureAwait(false);
            await store.TakeBackIfBlockedAsync(digest).ConfigureAwait(false);
            if (commit == BlobCommit.Created)
                _budget.NoteStored(_lengthBytes);
            return commit;
        }

        public ValueTask DisposeAsync() => inner.DisposeAsync();
    }

    private StoreBudget Budget => budget;

    private BlockList Blocks => blocks;
}
