using System.Diagnostics;
using System.Net;
using System.Runtime.CompilerServices;
using Shacache.Blobs.S3.Reading;
using Shacache.Blobs.S3.Requests;
using Shacache.Blobs.S3.Uploads;
using Shacache.Core.Blobs;
using Shacache.Core.Blobs.Repair;
using Shacache.Core.Moving;

namespace Shacache.Blobs.S3;

/// <summary>Content in a bucket of an object store, for several nodes together: <c>PREFIX/blobs/DIGEST</c>. The objects are the truth; there is no index.</summary>
/// <remarks>
/// A blob gets its key only when it is complete, and no key is overwritten: see docs/decisions/0015-content-in-s3.md. While the store is away, or refuses what it is asked for, calls
/// fail with <see cref="BlobStoreException.IsAway"/>, after 15 s when it is dead and 40 s when it hangs.
/// </remarks>
public sealed class S3BlobStore : IContentTarget, IAsyncDisposable
{
    /// <summary>So much memory the parts of uploads take together, at most.</summary>
    private const long MaxPartBytes = 96L << 20;

    /// <summary>For how long it is believed that the bucket is there: an answer that there is no object says nothing of it.</summary>
    private static readonly TimeSpan BucketBelief = TimeSpan.FromSeconds(10);

    /// <summary>So soon a client has to begin that is sent to the store.</summary>
    private static readonly TimeSpan PublicUrlLifetime = TimeSpan.FromMinutes(15);

    private readonly S3Options _options;
    private readonly BucketClient _client;
    private readonly Bucket _bucket;
    private readonly BucketLayout _layout;
    private readonly Removals _removals;
    private readonly UploadParts _uploads;
    private readonly BucketUrl _publicUrl;
    private long _bucketSeenAt;
    private int _isDisposed;

    /// <summary>Opens the store. Nothing is asked of it yet.</summary>
    /// <param name="options">Where it is.</param>
    /// <param name="comparedByReaderBytes">What <see cref="ComparedByReaderBytes"/> is at first.</param>
    /// <param name="time">The clock.</param>
    public S3BlobStore(S3Options options, long comparedByReaderBytes, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(options);
        (_options, ComparedByReaderBytes) = (options, comparedByReaderBytes);
        _client = new BucketClient(options.ToUrl(), options.Address.Bucket, options.Region, options.ToCredentials(), time);
        _bucket = new Bucket(_client);
        _layout = new BucketLayout(options.Address.Bucket, options.Address.Prefix);
        _removals = new Removals(_bucket, _layout, time);
        _uploads = new UploadParts(_bucket, _layout, new BlobPublisher(_bucket, _layout, _removals), new NodeLease(_bucket, _layout, time), new PartMemory(MaxPartBytes));
        _publicUrl = options.ToPublicUrl();
        Leftovers = new S3Leftovers(_bucket, _layout, _uploads.Lease.Node, LeftoverTiming.Usual, time);
        Comparer = new S3BlobComparer(this, _bucket, _layout);
    }

    /// <summary>Blobs up to this length in bytes are compared with their digest by who reads them, who then calls <see cref="VerifyAsync"/>, and not here.</summary>
    public long ComparedByReaderBytes { get; set; }

    /// <summary>Told of each blob that was found damaged and put away, with the place where it is now, on any thread.</summary>
    public Action<Digest, string>? OnDamage { get; set; }

    /// <summary>For those who compare everything with its digest.</summary>
    public IBlobComparer Comparer { get; }

    /// <summary>What uploads that a crash cut off have left.</summary>
    public S3Leftovers Leftovers { get; }

    /// <inheritdoc/>
    public async ValueTask<IBlob?> OpenAsync(Digest digest, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        string failed = $"Blob {digest} cannot be read";
        BucketAnswer? answer = null;
        try
        {
            string key = _layout.KeyOf(digest);
            answer = await _bucket.OpenAsync(key, 0, cancellationToken).ConfigureAwait(false);
            if (answer.Status != HttpStatusCode.OK)
                return null;
            if (answer.LengthBytes < 0)
                throw new BlobStoreException($"{failed}: {_client.Store} does not say how long it is.");
            S3Blob blob = New(digest, answer.LengthBytes, answer);
            answer = null;
            return blob;
        }
        catch (S3Failure e)
        {
            throw e.As(failed);
        }
        finally
        {
            answer?.Dispose();
        }
    }

    /// <inheritdoc/>
    public async ValueTask<IBlob?> OpenForLengthAsync(Digest digest, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return await FindLengthAsync(digest, cancellationToken).ConfigureAwait(false) is { } lengthBytes ? New(digest, lengthBytes, answer: null) : null;
    }

    /// <inheritdoc/>
    public async ValueTask<bool> ExistsAsync(Digest digest, CancellationToken cancellationToken) => await FindLengthAsync(digest, cancellationToken).ConfigureAwait(false) is not null;

    /// <inheritdoc/>
    public async ValueTask<string?> FindProblemAsync(CancellationToken cancellationToken)
    {
        try
        {
            await _bucket.ProbeAsync(_layout.Blobs, cancellationToken).ConfigureAwait(false);
            return null;
        }
        catch (S3Failure e)
        {
            return $"Content in {_options.Address} cannot be used: {e.Message}.";
        }
    }

    /// <inheritdoc/>
    public ValueTask<IBlobUpload> BeginUploadAsync(long? lengthBytes, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return new ValueTask<IBlobUpload>(new S3Upload(_uploads, lengthBytes));
    }

    /// <inheritdoc/>
    public async ValueTask<BlobCommit> StoreAsync(Digest digest, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        try
        {
            return await _uploads.Publisher.StoreAsync(digest, [content]).ConfigureAwait(false);
        }
        catch (S3Failure e)
        {
            throw e.As($"Blob {digest} is not stored");
        }
    }

    /// <inheritdoc/>
    /// <remarks>When it fails the blob may go later: uploads of it are refused until that is settled.</remarks>
    public async ValueTask<bool> DeleteAsync(Digest digest, CancellationToken cancellationToken)
    {
        if (!await ExistsAsync(digest, cancellationToken).ConfigureAwait(false))
            return false;
        try
        {
            await _removals.RemoveAsync(digest).ConfigureAwait(false);
            return true;
        }
        catch (S3Failure e)
        {
            throw e.As($"Blob {digest} is perhaps not removed");
        }
    }

    /// <inheritdoc/>
    public async ValueTask<bool> VerifyAsync(Digest digest, CancellationToken cancellationToken) =>
        await Comparer.CompareAsync(digest, static (_, _) => ValueTask.CompletedTask, cancellationToken).ConfigureAwait(false) == ComparisonOutcome.Right;

    /// <inheritdoc/>
    public IAsyncEnumerable<BlobInfo> ListAsync(CancellationToken cancellationToken) => ListAsync(_layout.Blobs, cancellationToken);

    /// <inheritdoc/>
    public IAsyncEnumerable<BlobInfo> ListPartAsync(byte part, CancellationToken cancellationToken) => ListAsync($"{_layout.Blobs}{part:x2}", cancellationToken);

    private async IAsyncEnumerable<BlobInfo> ListAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        IAsyncEnumerator<ListedKey> keys = _bucket.ListAsync(prefix, cancellationToken).GetAsyncEnumerator(cancellationToken);
        await using (keys.ConfigureAwait(false))
        {
            while (true)
            {
                try
                {
                    if (!await keys.MoveNextAsync().ConfigureAwait(false))
                        break;
                }
                catch (S3Failure e)
                {
                    throw e.As($"The content of {_options.Address} cannot be listed");
                }

                if (_layout.TryParseBlob(keys.Current.Key, out Digest digest))
                    yield return new BlobInfo(digest, keys.Current.LengthBytes, keys.Current.At);
            }
        }
    }

    /// <summary>Ends what is under way.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) == 1)
            return;
        await _removals.DisposeAsync().ConfigureAwait(false);
        await _uploads.Lease.DisposeAsync().ConfigureAwait(false);
        _client.Dispose();
    }

    /// <summary>The same leftovers, judged by other times.</summary>
    internal S3Leftovers LeftoversBy(LeftoverTiming timing, TimeProvider time) => new(_bucket, _layout, _uploads.Lease.Node, timing, time);

    /// <summary>Writes the lease of this node, whether it has uploads or not.</summary>
    internal Task RenewLeaseAsync(CancellationToken cancellationToken) => _uploads.Lease.WriteAsync(cancellationToken);

    /// <summary>How long a blob is; null when it is not stored.</summary>
    /// <exception cref="BlobStoreException">The store is away.</exception>
    internal async ValueTask<long?> FindLengthAsync(Digest digest, CancellationToken cancellationToken)
    {
        try
        {
            ObjectState? state = await _bucket.FindAsync(_layout.KeyOf(digest), cancellationToken).ConfigureAwait(false);

            // The answer to HEAD has no body that would tell a missing object from a missing bucket.
            if (state is null && (_bucketSeenAt == 0 || Stopwatch.GetElapsedTime(Interlocked.Read(ref _bucketSeenAt)) > BucketBelief))
                await _bucket.ProbeAsync(_layout.Blobs, cancellationToken).ConfigureAwait(false);
            Interlocked.Exchange(ref _bucketSeenAt, Stopwatch.GetTimestamp());
            return state?.LengthBytes;
        }
        catch (S3Failure e)
        {
            throw e.As($"Blob {digest} cannot be looked for");
        }
    }

    /// <summary>Puts a blob away whose bytes are wrong.</summary>
    /// <exception cref="S3Failure">It may still be there.</exception>
    internal async Task PutAwayAsync(Digest digest)
    {
        string place = _layout.QuarantineOf(digest);
        await _bucket.CopyAsync(_layout.SourceOf(_layout.KeyOf(digest)), place, CancellationToken.None).ConfigureAwait(false);
        await _removals.RemoveAsync(digest).ConfigureAwait(false);
        OnDamage?.Invoke(digest, $"{S3Address.Scheme}{_options.Address.Bucket}/{place}");
    }

    /// <summary>Where clients may read a blob themselves, for some minutes; null when they are not to, as it is too short.</summary>
    /// <exception cref="BlobStoreException">There are no credentials.</exception>
    public Uri? FindPublicUrl(Digest digest, long lengthBytes)
    {
        if (!(lengthBytes >= _options.RedirectFromBytes))
            return null;
        try
        {
            return new Uri(_client.Presign(_publicUrl, _layout.KeyOf(digest), PublicUrlLifetime));
        }
        catch (S3Failure e)
        {
            throw e.As($"Blob {digest} cannot be redirected to");
        }
    }

    private S3Blob New(Digest digest, long lengthBytes, BucketAnswer? answer) =>
        new(_bucket, _layout.KeyOf(digest), digest, lengthBytes, answer, isCompared: lengthBytes > ComparedByReaderBytes, NoteDamage) { PublicUrl = FindPublicUrl };

    private void NoteDamage(Digest digest) => _ = PutAwaySoonAsync(digest);

    private async Task PutAwaySoonAsync(Digest digest)
    {
        try
        {
            await PutAwayAsync(digest).ConfigureAwait(false);
        }
        catch (S3Failure)
        {
            // The next reader of it, or the scrub, finds it again.
        }
    }
}
