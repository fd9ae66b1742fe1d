using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;
using Shacache.Core.Blobs;
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
        IBlob? blob = await blobs.OpenAsync(digest, context.RequestAborted);

        // What lies in memory tells nothing about what is stored.
        if (blob is { Content: not null } && WantedDigest.IsWanted(context.Request.Headers) && !await blobs.VerifyAsync(digest, context.RequestAborted))
            blob = null;
        if (blob is null)
        {
            Exchange.Of(context)?.Outcome = CacheOutcome.Miss;
            await misses.SendAsync(context, digest, withBody);
            return;
        }

        try
        {
            await using (blob)
            {
                Exchange.Of(context)?.Outcome = CacheOutcome.Hit;
                misses.NoteHit(context);
                long sent = await SendAsync(context, blob, withBody);
                misses.NoteSaved(sent);
                if (withBody)
                    NoteUse(blobs, blob, sent);
            }
        }
        catch (BlobDamagedException) when (!context.Response.HasStarted)
        {
            // It was not there, as it turns out.
            context.Response.Clear();
            Exchange.Of(context)?.Outcome = CacheOutcome.Miss;
            await misses.SendAsync(context, digest, withBody);
        }
        catch (BlobStoreException e) when (e is not BlobDamagedException)
        {
            // What cannot be read may be damaged. Finding that out takes longer than this client should wait.
            _ = DoubtAsync(blobs, digest);
            throw;
        }
    }

    /// <summary>Answers from an object that is at hand.</summary>
    /// <returns>How many bytes of the object were sent.</returns>
    public static async ValueTask<long> SendAsync(HttpContext context, IBlob blob, bool withBody)
    {
        Digest digest = blob.Digest;
        IHeaderDictionary asked = context.Request.Headers;
        HttpResponse response = context.Response;
        IHeaderDictionary headers = response.Headers;
        if (asked.IfMatch is { Count: > 0 } ifMatch && !EntityTag.Matches(ifMatch, digest, weak: false))
        {
            await ErrorResponse.WriteAsync(context, ContentProblems.PreconditionFailed(digest));
            return 0;
        }

        headers.ETag = EntityTag.Format(digest);
        headers.CacheControl = OneYear;
        headers.AcceptRanges = Bytes;
        if (asked.IfNoneMatch is { Count: > 0 } ifNoneMatch && EntityTag.Matches(ifNoneMatch, digest, weak: true))
        {
            response.StatusCode = StatusCodes.Status304NotModified;
            return 0;
        }

        ByteRange range = withBody ? FindRange(asked, digest, blob.LengthBytes) : new ByteRange(ByteRangeKind.Whole, 0, blob.LengthBytes);
        if (range.Kind == ByteRangeKind.Unsatisfiable)
        {
            headers.ETag = default;
            headers.ContentRange = $"bytes */{blob.LengthBytes}";
            await ErrorResponse.WriteAsync(context, ContentProblems.RangeUnsatisfiable(blob.LengthBytes));
            return 0;
        }

        if (WantedDigest.IsWanted(asked))
            await WantedDigest.WriteAsync(context, blob);
        headers.ContentType = OctetStream;
        response.ContentLength = range.Length;
        if (range.Kind == ByteRangeKind.Part)
        {
            response.StatusCode = StatusCodes.Status206PartialContent;
            headers.ContentRange = $"bytes {range.Offset}-{range.Offset + range.Length - 1}/{blob.LengthBytes}";
        }

        return withBody ? await BlobBody.CopyAsync(context, blob, range) : 0;
    }

    /// <summary>Notes a use when so much of a blob was sent that it counts as one: half of it, and all of a small one.</summary>
    public static void NoteUse(IBlobStore blobs, IBlob blob, long sentBytes)
    {
        if (blob.LengthBytes <= MemoryCachedBlobStore.MaxBlobBytes ? sentBytes == blob.LengthBytes : sentBytes >= blob.LengthBytes / 2)
            blobs.NoteUse(blob.Digest, blob.LengthBytes);
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
