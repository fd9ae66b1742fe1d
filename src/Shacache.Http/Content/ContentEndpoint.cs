using System.Diagnostics;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Shacache.Core.Blobs;
using Shacache.Http.Access;
using Shacache.Http.Answers;
using Shacache.Http.Metrics.Recording;
using Shacache.Http.Routing;

namespace Shacache.Http.Content;

/// <summary>The content store (docs/protocol.md, "Content").</summary>
internal sealed class ContentEndpoint(
    IBlobStore blobs, BlobIngester ingester, IUploadGate gate, ContentOptions options, IMissSource misses, IEnumerable<IUploadObserver> observers) : IEndpoint
{
    private const string ObjectMethods = "GET, HEAD, PUT";
    private const string RootMethods = "POST";

    public IEnumerable<Mount> Mounts => [.. options.Paths.Select(Mount.Under), .. options.Hosts.Select(Mount.Host)];

    public string Surface => "cache";

    public bool IsForWebPages(HttpRequest request, in Route route) => true;

    public ValueTask HandleAsync(HttpContext context, in Route route)
    {
        string method = context.Request.Method;
        bool isObject = Digest.TryParse(route.Segment, out Digest digest);
        if (HttpMethods.IsGet(method) || HttpMethods.IsHead(method))
        {
            return isObject
                ? BlobDownload.SendAsync(context, blobs, digest, withBody: HttpMethods.IsGet(method), misses)
                : ErrorResponse.WriteAsync(context, ContentProblems.NoDigest);
        }

        bool isRoot = route.Length == 0;
        if (HttpMethods.IsPost(method) && isRoot)
            return ReceiveAsync(context, expected: null);
        if (HttpMethods.IsPut(method))
            return isObject ? ReceiveAsync(context, digest) : UploadRefusal.WriteAsync(context, ContentProblems.PutWithoutDigest);
        return UploadRefusal.WriteMethodUnknownAsync(context, isRoot ? RootMethods : ObjectMethods);
    }

    private async ValueTask ReceiveAsync(HttpContext context, Digest? expected)
    {
        using Activity? span = Traces.Upload(context);
        (Digest digest, Problem? problem) = await StoreAsync(context, expected);
        span?.SetTag("shacache.bytes", Exchange.Of(context)?.ReceivedBytes);
        if (problem is { } refusal)
        {
            span.Fail(refusal.Line);
            await UploadRefusal.WriteAsync(context, refusal);
            return;
        }

        span?.SetTag("shacache.digest", digest.ToString());
        HttpResponse response = context.Response;
        response.StatusCode = StatusCodes.Status201Created;
        response.Headers.ContentType = "text/plain; charset=utf-8";
        response.ContentLength = Digest.HexLength;
        digest.FormatTo(response.BodyWriter.GetSpan(Digest.HexLength));
        response.BodyWriter.Advance(Digest.HexLength);
    }

    private async ValueTask<(Digest Digest, Problem? Problem)> StoreAsync(HttpContext context, Digest? expected)
    {
        if (options.ReadOnly)
            return (default, ErrorMapping.ReadOnly);
        HttpRequest request = context.Request;
        await using UploadPermit permit = await gate.AdmitUploadAsync(context);
        if (permit.Refusal is { } refusal)
            return (default, refusal);
        if (request.ContentLength > options.MaxBlobBytes)
            return (default, ContentProblems.TooLarge(options.MaxBlobBytes));

        IngestResult result = await ingester.IngestAsync(
            permit.Meter(ReceivedBody.Of(context)), request.ContentLength, options.MaxBlobBytes, expected, context.RequestAborted);
        if (ContentProblems.From(result, expected, options.MaxBlobBytes) is { } problem)
            return (default, problem);
        await permit.CompleteAsync(result.Digest, result.LengthBytes);
        if (permit.Account is { } account && result.Status == IngestStatus.Created)
            blobs.Uses.NoteUploader(result.Digest, account);
        foreach (IUploadObserver observer in observers)
            await observer.OnStoredAsync(context, result.Digest, isNew: result.Status == IngestStatus.Created);
        return (result.Digest, null);
    }
}

/// <summary>Where the content store lives, and its limits.</summary>
/// <param name="Paths">Its paths, without a slash at the end.</param>
/// <param name="Hosts">Hosts that are the content store and nothing else.</param>
/// <param name="MaxBlobBytes">The longest blob that is accepted, in bytes.</param>
/// <param name="ReadOnly">Whether uploads are refused.</param>
internal sealed record ContentOptions(IReadOnlyList<string> Paths, IReadOnlyList<string> Hosts, long MaxBlobBytes, bool ReadOnly);

/// <summary>Adds the content store.</summary>
internal static class ContentExtensions
{
    public static void AddContent(this IServiceCollection services, ContentOptions options)
    {
        services.AddSingleton(options);
        services.AddSingleton<BlobIngester>();
        services.TryAddSingleton<IMissSource, NoMissSource>();
        services.AddSingleton<IEndpoint, ContentEndpoint>();
    }
}
