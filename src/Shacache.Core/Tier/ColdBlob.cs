using Shacache.Core.Blobs;
using Shacache.Core.Transfers;

namespace Shacache.Core.Tier;

/// <summary>A blob that is not in the tier. What is read from its beginning comes with the fill; what is read elsewhere comes from the store, and nothing is waited for.</summary>
internal sealed class ColdBlob : IBlob
{
    /// <summary>So far ahead of what came a reader waits for the fill.</summary>
    private const long WindowBytes = 1 << 20;

    private readonly TieredBlobStore _store;
    private readonly long _removals;
    private readonly Digest _digest;
    private readonly long _lengthBytes;
    private IBlob? _source;
    private TierFill? _fill;
    private bool _isDirect;
    private bool _isOpened;

    /// <summary>One of which nothing is on its way yet, as far as is known.</summary>
    public ColdBlob(TieredBlobStore store, IBlob source, long removals)
    {
        (_store, _source, _removals) = (store, source, removals);
        (_digest, _lengthBytes) = (source.Digest, source.LengthBytes);
    }

    /// <summary>One that is on its way. The fill is left with the blob.</summary>
    public ColdBlob(TieredBlobStore store, TierFill fill)
    {
        (_store, _fill) = (store, fill);
        (_digest, _lengthBytes) = (fill.Digest, fill.LengthBytes);
    }

    /// <summary>One that another reader opens at the same time.</summary>
    public ColdBlob(TieredBlobStore store, Digest digest, long lengthBytes, long removals) =>
        (_store, _digest, _lengthBytes, _removals) = (store, digest, lengthBytes, removals);

    public Uri? FindPublicUrl() => _store.FindPublicUrl(_digest, _lengthBytes);

    public Digest Digest => _digest;

    public long LengthBytes => _lengthBytes;

    public bool IsVerified => false;

    public async ValueTask<long> WaitBeyondAsync(long offset, CancellationToken cancellationToken)
    {
        while (await FollowAsync(offset).ConfigureAwait(false) is { } fill)
        {
            try
            {
                return await fill.WaitBeyondAsync(offset, cancellationToken).ConfigureAwait(false);
            }
            catch (TransferBrokenException e)
            {
                LeaveBroken(e);
            }
        }

        return _lengthBytes;
    }

    public async ValueTask<int> ReadAsync(long offset, Memory<byte> destination, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (offset >= _lengthBytes)
            return 0;
        while (await FollowAsync(offset).ConfigureAwait(false) is { } fill)
        {
            try
            {
                long available = await fill.WaitBeyondAsync(offset, cancellationToken).ConfigureAwait(false);
                return available == offset ? 0 : fill.Read(destination.Span[..(int)Math.Min(destination.Length, available - offset)], offset);
            }
            catch (TransferBrokenException e)
            {
                LeaveBroken(e);
            }
        }

        return await (await OpenSourceAsync(cancellationToken).ConfigureAwait(false)).ReadAsync(offset, destination, cancellationToken).ConfigureAwait(false);
    }

    public void Rest()
    {
        if (_isDirect)
            _source?.Rest();
    }

    public async ValueTask DisposeAsync()
    {
        _isDirect = true;
        Leave();
        if (_source is not null)
            await _source.DisposeAsync().ConfigureAwait(false);
        (_source, _isOpened) = (null, false);
    }

    /// <summary>The fill that brings what is read next; null when it comes from the store.</summary>
    private async ValueTask<TierFill?> FollowAsync(long offset)
    {
        if (_isDirect)
            return null;
        if (_fill is null && offset <= WindowBytes)
        {
            _fill = _store.Join(_digest, _lengthBytes, _source, _removals, out bool isNew);
            IBlob? source = _source;
            _source = null;

            // Another one brings it: this one is not to hold a transfer open.
            if (!isNew && source is not null)
                await source.DisposeAsync().ConfigureAwait(false);
        }

        if (_fill is { } fill && offset <= fill.AvailableBytes + WindowBytes && await fill.Begun.ConfigureAwait(false))
            return fill;
        _isDirect = true;
        Leave();
        return null;
    }

    /// <summary>Goes on without the fill when only the tier had trouble.</summary>
    /// <exception cref="BlobStoreException">The store failed, or has the blob damaged.</exception>
    private void LeaveBroken(TransferBrokenException broken)
    {
        Exception cause = broken.InnerException!;
        if (cause is BlobDamagedException)
            throw new BlobDamagedException(_digest);
        if (cause is BlobStoreException failure and not SpoolException)
            throw new BlobStoreException(failure.Message, failure) { IsAway = failure.IsAway };
        if (cause is not (SpoolException or TierException or OperationCanceledException))
            throw new BlobStoreException($"Blob {_digest} did not come: {cause.Message}", cause);
        _isDirect = true;
        Leave();
    }

    private void Leave()
    {
        _fill?.Leave();
        _fill = null;
    }

    private async ValueTask<IBlob> OpenSourceAsync(CancellationToken cancellationToken)
    {
        if (_isOpened)
            return _source!;
        _source = _source is { } source
            ? _store.Verifying(source)
            : await _store.OpenAgainAsync(_digest, cancellationToken).ConfigureAwait(false) ?? throw new BlobStoreException($"Blob {_digest} was removed while it was read.");
        _isOpened = true;
        return _source;
    }
}
