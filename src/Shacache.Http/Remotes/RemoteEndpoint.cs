using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Shacache.Core.Blobs;
using Shacache.Http.Answers;
using Shacache.Http.Gateway;
using Shacache.Http.Gateway.Origins;
using Shacache.Http.Remotes.Cargo;
using Shacache.Http.Remotes.Files;
using Shacache.Http.Remotes.Go;
using Shacache.Http.Remotes.Indexes;
using Shacache.Http.Remotes.Maven;
using Shacache.Http.Remotes.Npm;
using Shacache.Http.Remotes.NuGet;
using Shacache.Http.Remotes.Pypi;
using Shacache.Http.Routing;

namespace Shacache.Http.Remotes;

/// <summary>The download cache for package managers: <c>/remote/NAME/…</c> (docs/package-managers.md).</summary>
internal sealed class RemoteEndpoint(RemoteTable remotes, RemoteIndexes indexes, RemoteFiles files) : IEndpoint
{
    public const string Path = "/remote";

    private const int StepBytes = 64 * 1024;

    public IEnumerable<Mount> Mounts => [Mount.Below(Path)];

    public string Surface => GatewayEndpoint.SurfaceName;

    public bool IsForWebPages(HttpRequest request, in Route route) => true;

    public ValueTask HandleAsync(HttpContext context, in Route route)
    {
        string path = route.Segment.ToString();
        string query = route.Target[(route.Start + route.Length)..];
        int slash = path.IndexOf('/', StringComparison.Ordinal);
        string name = slash < 0 ? path : path[..slash];
        if (!remotes.TryFind(name, out Remote? remote, out IRemoteKind? kind))
            return UploadRefusal.WriteAsync(context, RemoteProblems.UnknownRemote(name));
        return AnswerAsync(context, remote, kind, slash < 0 ? "" : path[(slash + 1)..], query);
    }

    /// <summary>Answers a request below a remote.</summary>
    public ValueTask AnswerAsync(HttpContext context, Remote remote, IRemoteKind kind, string path, string query)
    {
        var request = new RemoteRequest(remote, path, query, context.Request.Headers)
        {
            Connection = context.Connection.Id,
            Address = context.Connection.RemoteIpAddress?.ToString() ?? "",
        };
        if (!HttpMethods.IsGet(context.Request.Method) && !HttpMethods.IsHead(context.Request.Method))
            return kind.FindRefusal(request) is { } refusal ? UploadRefusal.WriteAsync(context, refusal) : UploadRefusal.WriteMethodUnknownAsync(context, "GET, HEAD");

        // What is above the remote's URL is not the remote's, and its credentials are not for that.
        if (Uri.UnescapeDataString(path).Split('/', '\\').Contains(".."))
            return UploadRefusal.WriteAsync(context, RemoteProblems.AboveRemote(remote));

        // What follows in a clone is made for each client.
        return query.StartsWith("?service=git-", StringComparison.Ordinal)
            ? UploadRefusal.WriteAsync(context, GatewayProblems.NoGit)
            : AnswerAsync(context, request, kind.Find(request));
    }

    private async ValueTask AnswerAsync(HttpContext context, RemoteRequest request, RemoteTarget target, bool isSecond = false)
    {
        try
        {
            switch (target)
            {
                case RemoteTarget.Index { Document: var document }:
                    await AnswerAsync(context, request.Remote, document);
                    break;
                case RemoteTarget.File { Content: var file }:
                    await files.AnswerAsync(context, request.Remote, file);
                    break;
                case RemoteTarget.Sought { FindAsync: var find }:
                    await AnswerAsync(context, request, await find(context.RequestAborted), isSecond);
                    break;
                case RemoteTarget.Elsewhere { Path: var path }:
                    context.Response.StatusCode = StatusCodes.Status301MovedPermanently;
                    context.Response.Headers.Location = remotes.LinksFor(context.Request, request.Remote).Base + path;
                    break;
                case RemoteTarget.Refused { Problem: var problem }:
                    await UploadRefusal.WriteAsync(context, problem);
                    break;
            }
        }
        catch (BlobDamagedException) when (!context.Response.HasStarted && !isSecond)
        {
            // The copy was put away: this time the origin is asked.
            context.Response.Clear();
            await AnswerAsync(context, request, target, isSecond: true);
        }
        catch (GatewayException e) when (!context.Response.HasStarted)
        {
            Exchange.Of(context)?.Outcome = CacheOutcome.Miss;
            await ErrorResponse.WriteAsync(context, e.Problem);
        }
    }

    private async ValueTask AnswerAsync(HttpContext context, Remote remote, RemoteIndex document)
    {
        await using IndexCopy copy = await indexes.OpenAsync(remote, document, maxAge: null, context.RequestAborted);
        RemoteLinks links = remotes.LinksFor(context.Request, remote);
        string type = document.FindType(copy.Source.ContentType);

        // Of all that the answer is made of.
        string? tag = copy.Identity is { } identity ? $"\"{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{identity} {type} {links.Base}")))[..32]}\"" : null;
        var metadata = new OriginMetadata(type, null, tag, document.IsSentAsKept ? copy.LastModified : null);
        if (copy.Identity is { } kept)
            await document.NoteAnswerAsync(kept, context.RequestAborted);
        GatewayHeaders.Write(context, metadata, copy.CacheStatus);
        context.Response.Headers.Vary = "Accept";
        if (GatewayConditions.IsUnchanged(context.Request, metadata))
            context.Response.StatusCode = StatusCodes.Status304NotModified;
        else if (HttpMethods.IsGet(context.Request.Method))
            await WriteAsync(context, document, copy, links);
    }

    /// <summary>Sends in steps, however small the pieces are.</summary>
    private static async ValueTask WriteAsync(HttpContext context, RemoteIndex document, IndexCopy copy, RemoteLinks links)
    {
        // Not disposed of: that would end the body of the answer.
        var steps = new BufferedStream(context.Response.Body, StepBytes);
        await document.WriteAsync(copy.Source, links, steps, context.RequestAborted);
        await steps.FlushAsync(context.RequestAborted);
    }
}

/// <summary>The remotes by their names.</summary>
internal sealed class RemoteTable(IReadOnlyList<RemoteOptions> options, IEnumerable<IRemoteKind> kinds, string? publicUrl)
{
    private readonly Dictionary<string, Remote> _remotes = options.Select(one => new Remote(one)).ToDictionary(remote => remote.Name, StringComparer.Ordinal);

    private readonly Dictionary<RemoteType, IRemoteKind> _kinds = kinds.ToDictionary(kind => kind.Type);

    /// <summary>How configurations and operators call a type.</summary>
    public static string WordOf(RemoteType type) => type.ToString().ToLowerInvariant();

    /// <summary>All of them, with what knows their paths.</summary>
    public IEnumerable<(Remote Remote, IRemoteKind Kind)> All => _remotes.Values.Select(remote => (remote, _kinds[remote.Options.Type]));

    public bool TryFind(string name, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out Remote? remote, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out IRemoteKind? kind)
    {
        kind = null;
        return _remotes.TryGetValue(name, out remote) && _kinds.TryGetValue(remote.Options.Type, out kind);
    }

    /// <summary>Where links lead that are written for a client: to the server as its operator calls it, or as the client does.</summary>
    public RemoteLinks LinksFor(HttpRequest request, Remote remote) =>
        new($"{publicUrl?.TrimEnd('/') ?? $"{request.Scheme}://{request.Host.ToUriComponent()}"}{RemoteEndpoint.Path}/{remote.Name}/");
}

/// <summary>Adds the remotes.</summary>
internal static class RemoteExtensions
{
    /// <param name="services">The application's services.</param>
    /// <param name="options">The remotes.</param>
    /// <param name="publicUrl">How the operator calls the server; null for the name that a request has.</param>
    /// <param name="isNeeded">Whether something else serves indexes through them, also when there are none.</param>
    public static void AddRemotes(this IServiceCollection services, IReadOnlyList<RemoteOptions> options, string? publicUrl, bool isNeeded)
    {
        bool isOff = options.Count == 0;
        if (isOff)
        {
            services.AddSingleton<IEndpoint>(
                new OffEndpoint(RemoteProblems.Off, isForWebPages: true, Mount.Below(RemoteEndpoint.Path)) { Surface = GatewayEndpoint.SurfaceName });
        }

        if (isOff && !isNeeded)
            return;
        foreach (IRemoteKind kind in (IRemoteKind[])[new PypiKind(), new NpmKind(), new CargoKind(), new GoKind(), new MavenKind(), new NuGetKind(), new FilesKind()])
            services.AddSingleton(kind);
        services.AddSingleton(provider => new RemoteTable(options, provider.GetServices<IRemoteKind>(), publicUrl));
        services.AddSingleton<CarriedPages>();
        services.AddSingleton<IndexOrigin>();
        services.AddSingleton<RemoteIndexes>();
        services.AddSingleton<RemoteFiles>();
        services.AddSingleton<FilePull>();
        services.AddSingleton<RemoteEndpoint>();
        if (!isOff)
            services.AddSingleton<IEndpoint>(provider => provider.GetRequiredService<RemoteEndpoint>());
    }
}
