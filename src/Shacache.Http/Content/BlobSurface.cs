using Microsoft.AspNetCore.Http;
using Shacache.Core.Blobs;
using Shacache.Http.Accounts;
using Shacache.Http.Errors;
using Shacache.Http.Forwarding;
using Shacache.Http.Proximity;
using Shacache.Http.Surfaces;

namespace Shacache.Http.Content;

/// <summary>The content store (docs/protocol.md, "Content").</summary>
internal sealed class BlobSurface(
    IBlobStore blobs, BlobIngester ingester, IUploadGate gate, CacheServerOptions options, ProximityContent? upstreams = null,
    UploadForwarder? forwarder = null)
{
    private const string ObjectMethods = "GET, HEAD, PUT";
    private const string RootMethods = "POST";

    /// <summary>Answers a request.</summary>
    /// <returns>The number of body bytes that were sent.</returns>
    public ValueTask<long> HandleAsync(HttpContext context, in Route route)
    {
        string method = context.Request.Method;
        bool isObject = Digest.TryParse(route.Segment, out Digest digest);
        if (HttpMethods.IsGet(method))
            return isObject ? BlobDownload.SendAsync(context, blobs, digest, withBody: true, upstreams) : ErrorResponse.WriteAsync(context, ErrorMapping.NoDigest);
        if (HttpMethods.IsHead(method))
            return isObject ? BlobDownload.SendAsync(context, blobs, digest, withBody: false, upstreams) : ErrorResponse.WriteAsync(context, ErrorMapping.NoDigest);

        bool isRoot = route.Length == 0;
        if (HttpMethods.IsPost(method) && isRoot)
            return ReceiveAsync(context, expected: null);
        if (HttpMethods.IsPut(method))
            return isObject ? ReceiveAsync(context, digest) : UploadRefusal.WriteAsync(context, ErrorMapping.PutWithoutDigest);

        string allow = isRoot ? RootMethods : ObjectMethods;
        context.Response.Headers.Allow = allow;
        return UploadRefusal.WriteAsync(context, ErrorMapping.MethodUnknown(method, allow));
    }

    private async ValueTask<long> ReceiveAsync(HttpContext context, Digest? expected)
    {
        if (options.ReadOnly)
            return await UploadRefusal.WriteAsync(context, ErrorMapping.ReadOnly);
        HttpRequest request = context.Request;
        await using UploadPermit permit = await gate.AdmitUploadAsync(context);
        if (permit.Refusal is { } refusal)
            return await UploadRefusal.WriteAsync(context, refusal);
        if (request.ContentLength > options.MaxBlobBytes)
            return await UploadRefusal.WriteAsync(context, ErrorMapping.BlobTooLarge(options.MaxBlobBytes));

        IngestResult result = await ingester.IngestAsync(
            permit.Meter(request.Body), request.ContentLength, options.MaxBlobBytes, expected, context.RequestAborted);
        if (ErrorMapping.FromIngest(result, expected, options.MaxBlobBytes) is { } problem)
            return await UploadRefusal.WriteAsync(context, problem);
        await permit.CompleteAsync(result.Digest, result.LengthBytes);
        if (forwarder is not null)
            await forwarder.ForwardAsync(context, result.Digest, isNew: result.Status == IngestStatus.Created);

        HttpResponse response = context.Response;
        response.StatusCode = StatusCodes.Status201Created;
        response.Headers.ContentType = "text/plain; charset=utf-8";
        response.ContentLength = Digest.HexLength;
        result.Digest.FormatTo(response.BodyWriter.GetSpan(Digest.HexLength));
        response.BodyWriter.Advance(Digest.HexLength);
        return Digest.HexLength;
    }
}
