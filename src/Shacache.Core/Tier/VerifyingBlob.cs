using System.Security.Cryptography;
using Shacache.Core.Blobs;

namespace Shacache.Core.Tier;

/// <summary>A blob that is compared with its name while it is read from its beginning to its end: who reads all of it does not get the end of a damaged one.</summary>
/// <param name="inner">The blob.</param>
/// <param name="onDamage">Told when it is not what it should be.</param>
internal sealed class VerifyingBlob(IBlob inner, Action<Digest> onDamage) : IBlob
{
    private IncrementalHash? _hash;
    private long _hashedBytes;

    public Digest Digest => inner.Digest;

    public long LengthBytes => inner.LengthBytes;

    public ReadOnlyMemory<byte>? Content => inner.Content;

    public bool IsVerified => inner.IsVerified;

    public Uri? FindPublicUrl() => inner.FindPublicUrl();

    public ValueTask<long> WaitBeyondAsync(long offset, CancellationToken cancellationToken) => inner.WaitBeyondAsync(offset, cancellationToken);

    public ValueTask<bool> EnsureVerifiedAsync(CancellationToken cancellationToken) => inner.EnsureVerifiedAsync(cancellationToken);

    public async ValueTask<int> ReadAsync(long offset, Memory<byte> destination, CancellationToken cancellationToken)
    {
        int count = await inner.ReadAsync(offset, destination, cancellationToken).ConfigureAwait(false);
        if (offset != _hashedBytes || (count == 0 && offset > 0))
            return count;
        _hash ??= IncrementalHash.CreateHash(HashAlgorithmName.SHA512);
        _hash.AppendData(destination.Span[..count]);
        _hashedBytes += count;
        if (_hashedBytes == LengthBytes && new Digest(_hash.GetHashAndReset()) != Digest)
        {
            onDamage(Digest);
            throw new BlobDamagedException(Digest);
        }

        return count;
    }

    public void Rest() => inner.Rest();

    public ValueTask DisposeAsync()
    {
        _hash?.Dispose();
        return inner.DisposeAsync();
    }
}
