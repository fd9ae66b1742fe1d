using System.Globalization;
using System.Net;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;

namespace Shacache.Blobs.S3.Requests;

/// <summary>What is asked of a bucket. Every call may throw <see cref="S3Failure"/>.</summary>
/// <param name="client">Sends the requests.</param>
internal sealed class Bucket(BucketClient client)
{
    /// <summary>A copy that the store makes of an object of several GiB takes its time.</summary>
    private static readonly TimeSpan CopyLimit = TimeSpan.FromSeconds(35);

    private static readonly TimeSpan ProbeLimit = TimeSpan.FromSeconds(5);

    public BucketClient Client => client;

    /// <summary>What is known of an object; null when there is none. Not to be read.</summary>
    public async Task<ObjectState?> FindAsync(string key, CancellationToken cancellationToken)
    {
        using BucketAnswer answer = await client.SendAsync(new BucketRequest(HttpMethod.Head, key), cancellationToken).ConfigureAwait(false);
        return answer.IsFound ? new ObjectState(answer.LengthBytes, answer.EntityTag, answer.StoredAt, answer.Date, answer.HasOpaqueTag) : null;
    }

    /// <summary>Opens an object from an offset on.</summary>
    /// <returns>The answer, whose body is not read yet; not found when there is no such object.</returns>
    public Task<BucketAnswer> OpenAsync(string key, long offset, CancellationToken cancellationToken) => client.SendAsync(
        new BucketRequest(HttpMethod.Get, key)
        {
            IsStreamed = true,
            Headers = offset == 0 ? [] : [new("range", string.Create(CultureInfo.InvariantCulture, $"bytes={offset}-"))],
        },
        cancellationToken);

    /// <summary>Stores an object.</summary>
    /// <param name="key">Its key.</param>
    /// <param name="pieces">The bytes.</param>
    /// <param name="isNew">Whether nothing is done when it is there.</param>
    /// <param name="cancellationToken">Stops; the outcome is unknown then.</param>
    /// <returns>False when it was there.</returns>
    public async Task<bool> PutAsync(string key, IReadOnlyList<ReadOnlyMemory<byte>> pieces, bool isNew, CancellationToken cancellationToken)
    {
        byte[] md5 = Md5(pieces);
        var request = new BucketRequest(HttpMethod.Put, key) { Body = pieces, BodyMd5 = Convert.ToBase64String(md5), Headers = isNew ? [new("if-none-match", "*")] : [] };
        using BucketAnswer answer = await client.SendAsync(request, cancellationToken).ConfigureAwait(false);
        if (answer.Status == HttpStatusCode.PreconditionFailed)
            return false;
        Compare(answer, md5);
        return true;
    }

    /// <summary>Removes an object; also one that is not there.</summary>
    /// <param name="key">The object.</param>
    /// <param name="isOnce">Whether it is not sent again when its outcome is unknown.</param>
    /// <param name="cancellationToken">Stops; the outcome is unknown then.</param>
    public async Task DeleteAsync(string key, bool isOnce, CancellationToken cancellationToken)
    {
        using BucketAnswer answer = await client.SendAsync(new BucketRequest(HttpMethod.Delete, key) { IsOnce = isOnce }, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Has the store copy an object. What is under the new key is replaced.</summary>
    public async Task CopyAsync(string path, string to, CancellationToken cancellationToken)
    {
        var request = new BucketRequest(HttpMethod.Put, to) { Headers = [new("x-amz-copy-source", path)], Body = [], AnswerLimit = CopyLimit };
        using BucketAnswer answer = await client.SendAsync(request, cancellationToken).ConfigureAwait(false);
        if (!answer.IsFound)
            throw new S3Failure(FailureKind.Other, $"{client.Store} has lost what was staged");
    }

    /// <summary>Walks over the objects whose keys begin with a prefix.</summary>
    public async IAsyncEnumerable<ListedKey> ListAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        string? next = null;
        do
        {
            List<KeyValuePair<string, string>> query = [new("list-type", "2"), new("prefix", prefix)];
            if (next is not null)
                query.Add(new("continuation-token", next));
            ListPage page = await ListPageAsync(query, "Contents", ProbeOf(null), cancellationToken).ConfigureAwait(false);
            foreach (ListedKey key in page.Keys)
            {
                cancellationToken.ThrowIfCancellationRequested();
                yield return key;
            }

            if (page.IsTruncated && (page.Continuation is not { Length: > 0 } || page.Continuation == next))
                throw new S3Failure(FailureKind.Other, $"{client.Store} does not say how its listing goes on");
            next = page.IsTruncated ? page.Continuation : null;
        }
        while (next is not null);
    }

    /// <summary>The first objects whose keys begin with a prefix, as many as the store lists at once.</summary>
    public Task<ListPage> ListFirstAsync(string prefix, CancellationToken cancellationToken) =>
        ListPageAsync([new("list-type", "2"), new("prefix", prefix)], "Contents", ProbeOf(null), cancellationToken);

    /// <summary>Asks once, for five seconds, whether the bucket can be listed. That goes through the whole store, unlike a request for its root.</summary>
    public Task ProbeAsync(string prefix, CancellationToken cancellationToken) =>
        ListPageAsync([new("list-type", "2"), new("prefix", prefix), new("max-keys", "1")], "Contents", ProbeOf(ProbeLimit), cancellationToken);

    /// <summary>Begins an upload in parts.</summary>
    /// <returns>Its name.</returns>
    public async Task<string> BeginUploadAsync(string key, CancellationToken cancellationToken)
    {
        using BucketAnswer answer = await client.SendAsync(new BucketRequest(HttpMethod.Post, key) { Query = [new("uploads", "")], Body = [] }, cancellationToken).ConfigureAwait(false);
        return S3Documents.FindText(answer.Body, "UploadId") ?? throw new S3Failure(FailureKind.Other, $"{client.Store} gives an upload no name");
    }

    /// <summary>Sends a part.</summary>
    /// <returns>Its entity tag.</returns>
    public async Task<string> PutPartAsync(string key, string uploadId, int number, IReadOnlyList<ReadOnlyMemory<byte>> pieces, byte[] md5, CancellationToken cancellationToken)
    {
        var request = new BucketRequest(HttpMethod.Put, key) { Query = PartOf(uploadId, number), Body = pieces, BodyMd5 = Convert.ToBase64String(md5) };
        using BucketAnswer answer = await client.SendAsync(request, cancellationToken).ConfigureAwait(false);
        if (!answer.IsFound)
            throw new S3Failure(FailureKind.Other, $"{client.Store} has lost the parts of an upload");
        Compare(answer, md5);
        return answer.EntityTag;
    }

    /// <summary>Has the store copy a range of an object into a part.</summary>
    /// <returns>Its entity tag.</returns>
    public async Task<string> CopyPartAsync(string key, string uploadId, int number, string path, long offset, long lengthBytes, CancellationToken cancellationToken)
    {
        string range = string.Create(CultureInfo.InvariantCulture, $"bytes={offset}-{offset + lengthBytes - 1}");
        var request = new BucketRequest(HttpMethod.Put, key)
        {
            Query = PartOf(uploadId, number),
            Headers = [new("x-amz-copy-source", path), new("x-amz-copy-source-range", range)],
            Body = [],
            AnswerLimit = CopyLimit,
        };
        using BucketAnswer answer = await client.SendAsync(request, cancellationToken).ConfigureAwait(false);
        return (answer.IsFound ? S3Documents.FindText(answer.Body, "ETag") : null)?.Trim('"') ?? throw new S3Failure(FailureKind.Other, $"{client.Store} has lost what was staged");
    }

    /// <summary>Makes an object of the parts.</summary>
    /// <returns>False when there is no such upload, as when that was done already.</returns>
    public async Task<bool> CompleteUploadAsync(string key, string uploadId, IEnumerable<(int Number, string EntityTag)> parts, CancellationToken cancellationToken)
    {
        var request = new BucketRequest(HttpMethod.Post, key) { Query = [new("uploadId", uploadId)], Body = [S3Documents.WriteParts(parts)], AnswerLimit = CopyLimit };
        using BucketAnswer answer = await client.SendAsync(request, cancellationToken).ConfigureAwait(false);
        return answer.IsFound;
    }

    /// <summary>Discards an upload in parts; also one that is not there.</summary>
    public async Task AbortUploadAsync(string key, string uploadId, CancellationToken cancellationToken)
    {
        using BucketAnswer answer = await client.SendAsync(new BucketRequest(HttpMethod.Delete, key) { Query = [new("uploadId", uploadId)] }, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Walks over the uploads in parts whose keys begin with a prefix.</summary>
    public async IAsyncEnumerable<ListedKey> ListUploadsAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        (string? Key, string? Upload) next = default;
        bool isMore;
        do
        {
            List<KeyValuePair<string, string>> query = [new("uploads", ""), new("prefix", prefix)];
            if (next.Key is not null)
                query.AddRange([new("key-marker", next.Key), new("upload-id-marker", next.Upload ?? "")]);
            ListPage page = await ListPageAsync(query, "Upload", ProbeOf(null), cancellationToken).ConfigureAwait(false);
            foreach (ListedKey upload in page.Keys)
                yield return upload;
            isMore = page.IsTruncated && page.KeyMarker is { Length: > 0 } && (page.KeyMarker, page.UploadMarker) != next;
            next = (page.KeyMarker, page.UploadMarker);
        }
        while (isMore);
    }

    private static BucketRequest ProbeOf(TimeSpan? limit) =>
        limit is { } once ? new BucketRequest(HttpMethod.Get, null) { AnswerLimit = once, Patience = TimeSpan.Zero } : new BucketRequest(HttpMethod.Get, null);

    private static KeyValuePair<string, string>[] PartOf(string uploadId, int number) =>
        [new("partNumber", number.ToString(CultureInfo.InvariantCulture)), new("uploadId", uploadId)];

    private async Task<ListPage> ListPageAsync(IReadOnlyList<KeyValuePair<string, string>> query, string element, BucketRequest request, CancellationToken cancellationToken)
    {
        using BucketAnswer answer = await client.SendAsync(request with { Query = query }, cancellationToken).ConfigureAwait(false);
        if (!answer.IsFound)
            throw new S3Failure(FailureKind.Refused, $"{client.Store} has no such bucket; make it, or name another one with content");
        try
        {
            return S3Documents.ReadList(answer.Body, element) with { Now = answer.Date };
        }
        catch (InvalidDataException e)
        {
            throw new S3Failure(FailureKind.Other, $"{client.Store} does not answer as an object store does ({e.Message})", e);
        }
    }

    private void Compare(BucketAnswer answer, byte[] md5)
    {
        if (!answer.HasOpaqueTag && !answer.EntityTag.Equals(Convert.ToHexString(md5), StringComparison.OrdinalIgnoreCase))
            throw new S3Failure(FailureKind.Other, $"{client.Store} stored other bytes than were sent (MD5 {Convert.ToHexStringLower(md5)}, entity tag {answer.EntityTag})") { Code = WrongTag };
    }

    /// <summary>Our own word for it.</summary>
    public const string WrongTag = "WrongEntityTag";

    public static byte[] Md5(IReadOnlyList<ReadOnlyMemory<byte>> pieces)
    {
#pragma warning disable CA5351 // The protocol's checksum against damage on the way; the digest of the content is SHA-512.
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.MD5);
#pragma warning restore CA5351
        foreach (ReadOnlyMemory<byte> piece in pieces)
            hash.AppendData(piece.Span);
        return hash.GetHashAndReset();
    }
}

/// <summary>An object as the store shows it.</summary>
/// <param name="LengthBytes">How long it is.</param>
/// <param name="EntityTag">Its entity tag, without quotes.</param>
/// <param name="StoredAt">When it was stored, by the clock of the store.</param>
/// <param name="Now">The clock of the store.</param>
/// <param name="HasOpaqueTag">Whether the tag means nothing.</param>
internal sealed record ObjectState(long LengthBytes, string EntityTag, DateTimeOffset? StoredAt, DateTimeOffset? Now, bool HasOpaqueTag);
