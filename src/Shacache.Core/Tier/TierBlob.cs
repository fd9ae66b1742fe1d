using Shacache.Core.Blobs;

namespace Shacache.Core.Tier;

/// <summary>A blob of the tier. When the disk fails, or has it damaged and nothing of it was read yet, the rest is read from the store.</summary>
internal sealed class TierBlob(TieredBlobStore store, IBlob kept) : IBlob
{
    private readonly Digest _digest = kept.Digest;
    private readonly long _lengthBytes = kept.LengthBytes;
    private IBlob _blob = kept;
    private bool _isRemote;
    private bool _hasRead;

    public Digest Digest => _digest;

    public long LengthBytes => _lengthBytes;

    public ReadOnlyMemory<byte>? Content => _blob.Content;

    public bool IsVerified => _blob.IsVerified;

    public Uri? FindPublicUrl() => store.FindPublicUrl(_digest, _lengthBytes);

    public async ValueTask<bool> EnsureVerifiedAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await _blob.EnsureVerifiedAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (BlobStoreException e) when (MayChange(e))
        {
            await ChangeAsync(cancellationToken).ConfigureAwait(false);
            return false;
        }
    }

    public ValueTask<long> WaitBeyondAsync(long offset, CancellationToken cancellationToken)
    {
        try
        {
            ValueTask<long> waiting = _blob.WaitBeyondAsync(offset, cancellationToken);
            return waiting.IsCompletedSuccessfully || _isRemote ? waiting : WaitAsync(waiting, cancellationToken);
        }
        catch (BlobStoreException e) when (MayChange(e))
        {
            return WaitAsync(ValueTask.FromException<long>(e), cancellationToken);
        }
    }

    public ValueTask<int> ReadAsync(long offset, Memory<byte> destination, CancellationToken cancellationToken)
    {
        try
        {
            ValueTask<int> reading = _blob.ReadAsync(offset, destination, cancellationToken);
            if (!reading.IsCompletedSuccessfully && !_isRemote)
                return ReadAsync(reading, offset, destination, cancellationToken);
            _hasRead = true;
            return reading;
        }
        catch (BlobStoreException e) when (MayChange(e))
        {
            return ReadAsync(ValueTask.FromException<int>(e), offset, destination, cancellationToken);
        }
    }

    public void Rest() => _blob.Rest();

    public ValueTask DisposeAsync() => _blob.DisposeAsync();

    private async ValueTask<long> WaitAsync(ValueTask<long> waiting, CancellationToken cancellationToken)
    {
        try
        {
            return await waiting.ConfigureAwait(false);
        }
        catch (BlobStoreException e) when (MayChange(e))
        {
            await ChangeAsync(cancellationToken).ConfigureAwait(false);
            return LengthBytes;
        }
    }

    private async ValueTask<int> ReadAsync(ValueTask<int> reading, long offset, Memory<byte> destination, CancellationToken cancellationToken)
    {
        int count;
        try
        {
            count = await reading.ConfigureAwait(false);
        }
        catch (BlobStoreException e) when (MayChange(e))
        {
            await ChangeAsync(cancellationToken).ConfigureAwait(false);
            count = await _blob.ReadAsync(offset, destination, cancellationToken).ConfigureAwait(false);
        }

        _hasRead = true;
        return count;
    }

    /// <summary>What was handed out before is right, or nothing was: else a client could get a wrong beginning with a right end.</summary>
    private bool MayChange(BlobStoreException failure) => !_isRemote && (!_hasRead || (_blob.IsVerified && failure is not BlobDamagedException));

    private async ValueTask ChangeAsync(CancellationToken cancellationToken)
    {
        store.Doubt(Digest);
        IBlob remote = await store.OpenRemoteAsync(Digest, cancellationToken).ConfigureAwait(false)
            ?? throw new BlobStoreException($"Blob {Digest} cannot be read from the local tier, and the store has it no longer.");
        IBlob before = _blob;
        (_blob, _isRemote) = (remote, true);
        await before.DisposeAsync().ConfigureAwait(false);
    }
}
