using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Shacache.Core.Retention;
using Shacache.Http.Access;
using Shacache.Http.Answers;
using Shacache.Http.Gateway.Origins;
using Shacache.Http.Routing;

namespace Shacache.Http.Gateway;

/// <summary>The download gateway: <c>GET /fetch/https/example.org/file.tar.gz</c> answers from the cache, or from the origin (docs/operating.md).</summary>
internal sealed class GatewayEndpoint(
    OriginPolicy policy,
    FileDelivery delivery,
    BlockList blocks) : IEndpoint
{
    public const string Path = "/fetch";

    public const string SurfaceName = "gateway";

    public IEnumerable<Mount> Mounts => [Mount.Below(Path)];

    public string Surface => SurfaceName;

    public bool IsForWebPages(HttpRequest request, in Route route) => true;

    public ValueTask HandleAsync(HttpContext context, in Route route)
    {
        string method = context.Request.Method;
        if (!HttpMethods.IsGet(method) && !HttpMethods.IsHead(method))
            return UploadRefusal.WriteMethodUnknownAsync(context, "GET, HEAD");

        // The query is part of the file's name here.
        if (!OriginUrl.TryParse(route.Target.AsSpan(route.Start), out OriginUrl? url, out string? problem))
            return UploadRefusal.WriteAsync(context, GatewayProblems.Malformed(problem));
        if (IsGit(url))
            return UploadRefusal.WriteAsync(context, GatewayProblems.NoGit);
        if (!policy.IsAllowed(url))
            return UploadRefusal.WriteAsync(context, GatewayProblems.NotAllowed(url));
        return GatewayKeys.AllForClients(url.Text).Any(blocks.Contains)
            ? UploadRefusal.WriteAsync(context, GatewayProblems.Blocked(url))
            : delivery.AnswerAsync(context, new OriginFile(url) { IsMoving = policy.IsMoving(url) });
    }

    /// <summary>Whether a URL is the first that a clone asks for (https://git-scm.com/docs/http-protocol): what follows is made for each client.</summary>
    private static bool IsGit(OriginUrl url) => url.Text.Contains("/info/refs?service=git-", StringComparison.Ordinal);
}

/// <summary>Adds the download gateway.</summary>
internal static class GatewayExtensions
{
    /// <param name="services">The application's services.</param>
    /// <param name="options">What it may fetch.</param>
    /// <param name="isNeeded">Whether something else fetches files through it, also while it is off for clients.</param>
    public static void AddGateway(this IServiceCollection services, GatewayOptions options, bool isNeeded)
    {
        // What was fetched earlier can be forgotten although nothing is fetched any more.
        services.AddSingleton<ForgetOperation>();
        services.AddOperation<ForgetOperation>("POST", "forget", forget => forget.HandleAsync);
        bool isOff = options.Origins.Count == 0;
        if (isOff)
            services.AddSingleton<IEndpoint>(new OffEndpoint(GatewayProblems.Off, isForWebPages: true, Mount.Below(GatewayEndpoint.Path)) { Surface = GatewayEndpoint.SurfaceName });
        if (isOff && !isNeeded)
            return;

        services.AddSingleton(options);
        services.AddSingleton<OriginPolicy>();
        services.AddSingleton(new OriginConnector(options));
        services.AddSingleton<OriginClient>();
        services.AddSingleton<GatewayIndex>();
        services.AddSingleton<OriginTransfers>();
        services.AddSingleton<PartPassage>();
        services.AddSingleton<FileDelivery>();
        if (!isOff)
            services.AddSingleton<IEndpoint, GatewayEndpoint>();
    }
}
