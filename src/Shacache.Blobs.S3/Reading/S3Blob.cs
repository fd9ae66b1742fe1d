using System.Diagnostics;
using System.Security.Cryptography;
using Shacache.Blobs.S3.Requests;
using Shacache.Core.Blobs;
using Shacache.Protocol;

namespace Shacache.Blobs.S3.Reading;

/// <summary>An object that is read. Ascending, adjoining reads take one request; after a break it goes on where it was.</summary>
/// <remarks>
/// Who reads all of it from the beginning gets its end only when the bytes are those of the digest. While a client is slow, the request stays open and the store waits; if it does
/// not, the next read opens another. An object that is deleted meanwhile is read to its end as long as the store keeps the request open.
/// </remarks>
internal sealed class S3Blob : IBlob
{
    /// <summary>What breaks may cost together, however often they come.</summary>
    private static readonly TimeSpan BreakAllowance = TimeSpan.FromSeconds(30);

    private readonly Bucket _bucket;
    private readonly string _key;
    private readonly IncrementalHash? _hash;
    private readonly Action<Digest> _onDamage;
    private readonly RetryAllowance _allowance = new(BreakAllowance);
    private BucketAnswer? _answer;
    private Stream? _body;
    private long _position;
    private long _hashedBytes;

    /// <param name="bucket">Where it is.</param>
    /// <param name="key">Its key.</param>
    /// <param name="digest">What it should be.</param>
    /// <param name="lengthBytes">How long it is.</param>
    /// <param name="answer">The answer with all of it, taken over; null when it is asked for at the first read.</param>
    /// <param name="isCompared">Whether it is compared with its digest here; otherwise who reads it does that.</param>
    /// <param name="onDamage">Told when it is not what it should be.</param>
    public S3Blob(Bucket bucket, string key, Digest digest, long lengthBytes, BucketAnswer? answer, bool isCompared, Action<Digest> onDamage)
    {
        (_bucket, _key, Digest, LengthBytes, _answer, _onDamage) = (bucket, key, digest, lengthBytes, answer, onDamage);
        _hash = isCompared ? IncrementalHash.CreateHash(HashAlgorithmName.SHA512) : null;
    }

    public Digest Digest { get; }

    public long LengthBytes { get; }

    public bool IsVerified { get; private set; }

    /// <summary>Makes a URL under which clients read a blob of a length; null when they are not to.</summary>
    public Func<Digest, long, Uri?>? PublicUrl { private get; init; }

    public Uri? FindPublicUrl() => PublicUrl?.Invoke(Digest, LengthBytes);

    public async ValueTask<int> ReadAsync(long offset, Memory<byte> destination, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (offset >= LengthBytes || destination.IsEmpty)
        {
            if (LengthBytes == 0 && offset == 0)
                Note(offset, []);
            return 0;
        }

        while (true)
        {
            long began = Stopwatch.GetTimestamp();
            try
            {
                await OpenAtAsync(offset, cancellationToken).ConfigureAwait(false);
                int count = await ReadSoonAsync(destination[..(int)Math.Min(destination.Length, LengthBytes - offset)], cancellationToken).ConfigureAwait(false);
                if (count == 0)
                    throw new IOException("the store ended early");
                _position += count;
                _allowance.Earn(count);
                Note(offset, destination.Span[..count]);
                return count;
            }
            catch (Exception e) when (e is not BlobStoreException && !cancellationToken.IsCancellationRequested && S3Failure.Of(e, _bucket.Client.Store) is { } failure)
            {
                Rest();
                if (failure.Kind is not (FailureKind.Away or FailureKind.Busy) || e is S3Failure || !_allowance.TrySpend(Stopwatch.GetElapsedTime(began)))
                    throw failure.As($"Blob {Digest} cannot be read from byte {offset} on");
            }
        }
    }

    /// <summary>Gives the request up; the next read opens another.</summary>
    public void Rest()
    {
        _answer?.Dispose();
        (_answer, _body) = (null, null);
    }

    public ValueTask DisposeAsync()
    {
        Rest();
        _hash?.Dispose();
        return ValueTask.CompletedTask;
    }

    private async ValueTask OpenAtAsync(long offset, CancellationToken cancellationToken)
    {
        if (_answer is not null && _position == offset)
        {
            _body ??= await _answer.OpenBodyAsync(cancellationToken).ConfigureAwait(false);
            return;
        }

        Rest();
        BucketAnswer answer = await _bucket.OpenAsync(_key, offset, cancellationToken).ConfigureAwait(false);
        _answer = answer;
        if (!answer.IsFound)
            throw new BlobStoreException($"Blob {Digest} was removed while it was read.");
        if (offset > 0 ? answer.Part != (offset, LengthBytes) : answer.LengthBytes != LengthBytes)
            throw new BlobStoreException($"Blob {Digest} is another one now, or {_bucket.Client.Store} does not send what was asked for.");
        _position = offset;
        _body = await answer.OpenBodyAsync(cancellationToken).ConfigureAwait(false);
    }

    private async ValueTask<int> ReadSoonAsync(Memory<byte> destination, CancellationToken cancellationToken)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(BucketClient.AnswerLimit);
        try
        {
            return await _body!.ReadAsync(destination, patience.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw new TimeoutException("the store did not send in time", e);
        }
    }

    /// <exception cref="BlobDamagedException">All of it was read, and it is not what it should be.</exception>
    private void Note(long offset, ReadOnlySpan<byte> bytes)
    {
        if (_hash is null || IsVerified || offset != _hashedBytes)
            return;
        _hash.AppendData(bytes);
        _hashedBytes += bytes.Length;
        if (_hashedBytes < LengthBytes)
            return;
        IsVerified = new Digest(_hash.GetHashAndReset()) == Digest;
        if (IsVerified)
            return;
        _onDamage(Digest);
        throw new BlobDamagedException(Digest);
    }
}
