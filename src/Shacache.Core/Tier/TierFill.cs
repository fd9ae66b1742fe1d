using Shacache.Core.Blobs;
using Shacache.Core.Transfers;

namespace Shacache.Core.Tier;

/// <summary>One blob on its way from where it is stored into the tier, and all readers that wait for it.</summary>
/// <param name="digest">The blob.</param>
/// <param name="lengthBytes">Its length.</param>
/// <param name="source">The blob there, for the fill to dispose; null when the fill has to open it.</param>
/// <param name="time">The clock.</param>
internal sealed class TierFill(Digest digest, long lengthBytes, IBlob? source, TimeProvider time) : RunningTransfer(HeldBackBytes, time)
{
    /// <summary>Length of the last piece, which readers get once the digest is known to be right.</summary>
    public const int HeldBackBytes = 64 * 1024;

    /// <summary>So much is finished without readers, whatever came before: to throw away what came would cost as much.</summary>
    private const long SmallRestBytes = 1 << 20;

    /// <summary>For how long it waits for a reader when all have left.</summary>
    private static readonly TimeSpan AbandonDelay = TimeSpan.FromSeconds(5);

    private readonly TaskCompletionSource<bool> _begun = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile bool _isWithdrawn;

    public Digest Digest => digest;

    public long LengthBytes => lengthBytes;

    public IBlob? Source => source;

    /// <summary>Whether the blob was removed since it was opened: who has it open reads on, and it is not kept.</summary>
    public bool IsWithdrawn => _isWithdrawn;

    /// <summary>Whether it can be followed; false when it has ended before that. Never faulted.</summary>
    public Task<bool> Begun => _begun.Task;

    public void Withdraw() => _isWithdrawn = true;

    public void Begin(SpoolFile spool)
    {
        Begin(spool, lengthBytes);
        _begun.TrySetResult(true);
    }

    public void Conclude(Exception? failure)
    {
        End(failure);
        _begun.TrySetResult(false);
    }

    /// <summary>A fill without readers goes on if most of the blob is here, else it waits and then ends.</summary>
    /// <exception cref="TierException">No reader wants it.</exception>
    public override async ValueTask WaitUntilWantedAsync(CancellationToken cancellationToken)
    {
        if (IsFollowed || lengthBytes - AvailableBytes <= Math.Max(AvailableBytes, SmallRestBytes))
            return;
        if (!await WaitForFollowerAsync(AbandonDelay, cancellationToken).ConfigureAwait(false))
            throw new TierException("No reader wants it any more.");
    }
}

/// <summary>The tier cannot keep a blob. Readers get it without the tier.</summary>
internal sealed class TierException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>Where a fill puts its blob: in the tier, unless the blob was removed meanwhile. Tells the readers when its digest was found right.</summary>
internal sealed class TierFillTarget(LocalTier tier, TierFill fill) : IBlobStore
{
    public ValueTask<IBlob?> OpenAsync(Digest digest, CancellationToken cancellationToken) => tier.Target.OpenAsync(digest, cancellationToken);

    /// <exception cref="TierException">There is no room in the tier.</exception>
    public void EnsureRoom(long? lengthBytes) => AsTier(() => tier.Budget.EnsureRoom(lengthBytes));

    public async ValueTask<IBlobUpload> BeginUploadAsync(long? lengthBytes, CancellationToken cancellationToken)
    {
        try
        {
            return new Upload(await tier.Target.BeginUploadAsync(lengthBytes, cancellationToken).ConfigureAwait(false), this);
        }
        catch (BlobStoreException e)
        {
            throw new TierException(e.Message, e);
        }
    }

    public ValueTask<BlobCommit> StoreAsync(Digest digest, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        if (digest == fill.Digest)
            fill.NoteVerified();
        return KeepAsync(content.Length, token => tier.Target.StoreAsync(digest, content, token), cancellationToken);
    }

    public ValueTask<bool> DeleteAsync(Digest digest, CancellationToken cancellationToken) => tier.Target.DeleteAsync(digest, cancellationToken);

    public IAsyncEnumerable<BlobInfo> ListAsync(CancellationToken cancellationToken) => tier.Target.ListAsync(cancellationToken);

    private async ValueTask<BlobCommit> KeepAsync(long lengthBytes, Func<CancellationToken, ValueTask<BlobCommit>> keep, CancellationToken cancellationToken)
    {
        if (fill.IsWithdrawn)
            return BlobCommit.AlreadyStored;
        try
        {
            BlobCommit commit = await keep(cancellationToken).ConfigureAwait(false);

            // Removed in between: the removal may have looked into the tier before this was in it.
            if (fill.IsWithdrawn)
                await tier.ForgetAsync(fill.Digest, CancellationToken.None).ConfigureAwait(false);
            else if (commit == BlobCommit.Created)
                tier.Budget.NoteStored(lengthBytes);
            return commit;
        }
        catch (BlobStoreException e)
        {
            throw new TierException(e.Message, e);
        }
    }

    private static void AsTier(Action act)
    {
        try
        {
            act();
        }
        catch (BlobStoreException e)
        {
            throw new TierException(e.Message, e);
        }
    }

    private sealed class Upload(IBlobUpload inner, TierFillTarget target) : IBlobUpload
    {
        private long _lengthBytes;

        public async ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
        {
            _lengthBytes += bytes.Length;
            try
            {
                await inner.WriteAsync(bytes, cancellationToken).ConfigureAwait(false);
            }
            catch (BlobStoreException e)
            {
                throw new TierException(e.Message, e);
            }
        }

        public ValueTask<BlobCommit> CommitAsync(Digest digest, CancellationToken cancellationToken)
        {
            target.NoteVerified();
            return target.KeepAsync(_lengthBytes, token => inner.CommitAsync(digest, token), cancellationToken);
        }

        public ValueTask DisposeAsync() => inner.DisposeAsync();
    }

    private void NoteVerified() => fill.NoteVerified();
}
