using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;
using Shacache.Core.Blobs;
using Shacache.Core.Savings;
using Shacache.Http.Answers;

namespace Shacache.Http.Content;

/// <summary>Answers GET and HEAD of an object: preconditions first, then the range, then one status (RFC 9110, section 13.2.2).</summary>
internal static class BlobDownload
{
    private static readonly StringValues Bytes = "bytes";
    private static readonly StringValues OctetStream = "application/octet-stream";
    private static readonly StringValues OneYear = "public, max-age=31556926";

    /// <summary>Answers.</summary>
    /// <param name="context">The request.</param>
    /// <param name="blobs">Where to look.</param>
    /// <param name="digest">What for.</param>
    /// <param name="withBody">False for HEAD.</param>
    /// <param name="misses">Answers for what is not stored.</param>
    public static async ValueTask SendAsync(HttpContext context, IBlobStore blobs, Digest digest, bool withBody, IMissSource misses)
    {
        IBlob? blob = withBody ? await blobs.OpenAsync(digest, context.RequestAborted) : await blobs.OpenForLengthAsync(digest, context.RequestAborted);

        // What lies in memory tells nothing about what is stored.
        if (blob is { Content: not null } && WantedDigest.IsWanted(context.Request.Headers) && !await blobs.VerifyAsync(digest, context.RequestAborted))
            blob = null;
        if (blob is null)
        {
            await MissAsync(context, blobs, digest, withBody, misses);
            return;
        }

        try
        {
            await using (blob)
            {
                Exchange.Of(context)?.Outcome = CacheOutcome.Hit;
                misses.NoteHit(context);
                misses.NoteSaved(await SendAsync(context, blob, withBody, new Delivery(blobs.Uses, DeliveryKind.Stored)));
            }
        }
        catch (BlobDamagedException) when (!context.Response.HasStarted)
        {
            // It was not there, as it turns out.
            context.Response.Clear();
            await MissAsync(context, blobs, digest, withBody, misses);
        }
        catch (BlobStoreException e) when (e is not BlobDamagedException && !e.IsAway)
        {
            // What cannot be read may be damaged. Finding that out takes longer than this client should wait.
            _ = DoubtAsync(blobs, digest);
            throw;
        }
    }

    /// <summary>Answers from an object that is at hand.</summary>
    /// <param name="context">The request.</param>
    /// <param name="blob">The object.</param>
    /// <param name="withBody">False for HEAD, which is not counted.</param>
    /// <param name="delivery">As what it is counted.</param>
    /// <returns>How many bytes of the object were sent.</returns>
    public static async ValueTask<long> SendAsync(HttpContext context, IBlob blob, bool withBody, Delivery delivery)
    {
        if (withBody && StoreRedirect.TryAnswer(context, blob))
        {
            delivery.Note(blob, blob.LengthBytes);
            return blob.LengthBytes;
        }

        ByteRange? range = Begin(context, blob, withBody, out Problem? problem);
        if (problem is { } refusal)
            await ErrorResponse.WriteAsync(context, refusal);
        else if (context.Response.StatusCode != StatusCodes.Status304NotModified && WantedDigest.IsWanted(context.Request.Headers))
            await WantedDigest.WriteAsync(context, blob);
        if (range is { } wanted)
            return await BlobBody.CopyAsync(context, blob, wanted, delivery);
        if (withBody)
            delivery.Note(blob, 0);
        return 0;
    }

    /// <summary>Sets status and headers.</summary>
    /// <returns>What is to be sent after them; null when nothing is.</returns>
    private static ByteRange? Begin(HttpContext context, IBlob blob, bool withBody, out Problem? problem)
    {
        problem = null;
        Digest digest = blob.Digest;
        IHeaderDictionary asked = context.Request.Headers;
        HttpResponse response = context.Response;
        IHeaderDictionary headers = response.Headers;
        if (asked.IfMatch is { Count: > 0 } ifMatch && !EntityTag.Matches(ifMatch, digest, weak: false))
        {
            problem = ContentProblems.PreconditionFailed(digest);
            return null;
        }

        headers.CacheControl = OneYear;
        headers.AcceptRanges = Bytes;
        if (asked.IfNoneMatch is { Count: > 0 } ifNoneMatch && EntityTag.Matches(ifNoneMatch, digest, weak: true))
        {
            headers.ETag = EntityTag.Format(digest);
            response.StatusCode = StatusCodes.Status304NotModified;
            return null;
        }

        ByteRange range = withBody ? FindRange(asked, digest, blob.LengthBytes) : new ByteRange(ByteRangeKind.Whole, 0, blob.LengthBytes);
        if (range.Kind == ByteRangeKind.Unsatisfiable)
        {
            headers.ContentRange = $"bytes */{blob.LengthBytes}";
            problem = ContentProblems.RangeUnsatisfiable(blob.LengthBytes);
            return null;
        }

        headers.ETag = EntityTag.Format(digest);
        headers.ContentType = OctetStream;
        response.ContentLength = range.Length;
        if (range.Kind == ByteRangeKind.Part)
        {
            response.StatusCode = StatusCodes.Status206PartialContent;
            headers.ContentRange = $"bytes {range.Offset}-{range.Offset + range.Length - 1}/{blob.LengthBytes}";
        }

        return withBody ? range : null;
    }

    private static ValueTask MissAsync(HttpContext context, IBlobStore blobs, Digest digest, bool withBody, IMissSource misses)
    {
        Exchange.Of(context)?.Outcome = CacheOutcome.Miss;
        if (withBody)
            blobs.Uses.NoteTraffic(new Traffic(misses.Cache, 1, 0, 0), savedBytes: 0);
        return misses.SendAsync(context, digest, withBody);
    }

    private static async Task DoubtAsync(IBlobStore blobs, Digest digest)
    {
        try
        {
            await blobs.VerifyAsync(digest, CancellationToken.None);
        }
        catch (Exception e) when (e is BlobStoreException or ObjectDisposedException)
        {
            // What was read is reported already, with the reason.
        }
    }

    private static ByteRange FindRange(IHeaderDictionary asked, Digest digest, long objectBytes)
    {
        if (asked.Range is not [{ } range])
            return new ByteRange(ByteRangeKind.Whole, 0, objectBytes);

        // A date never matches: content has no date here, so that a client with an older part gets the whole.
        StringValues ifRange = asked.IfRange;
        bool sameObject = ifRange.Count == 0 || (ifRange is [{ } tag] && EntityTag.IsTagOf(tag, digest, weak: false));
        return sameObject ? ByteRange.Parse(range, objectBytes) : new ByteRange(ByteRangeKind.Whole, 0, objectBytes);
    }
}
