using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Shacache.Http.Answers;
using Shacache.Http.Gateway;
using Shacache.Http.Gateway.Origins;
using Shacache.Http.Remotes.Indexes;
using Shacache.Http.Routing;

namespace Shacache.Http.Remotes.Apt;

/// <summary>This server as the proxy of apt (<c>Acquire::http::Proxy</c>): repositories at the hosts of the apt remotes, and of the gateway.</summary>
internal sealed class AptProxy(RemoteTable remotes, AptKind kind, RemoteEndpoint answers, OriginPolicy policy) : IForwardProxy
{
    /// <summary>Hosts that are remembered; an operator may allow all.</summary>
    private const int MaxHosts = 1000;

    private readonly ConcurrentDictionary<string, Remote> _hosts = new(StringComparer.Ordinal);

    public IEnumerable<Mount> Mounts => [];

    public string Surface => GatewayEndpoint.SurfaceName;

    public bool IsForWebPages(HttpRequest request, in Route route) => true;

    public bool IsFor(string target) => TryRead(target, out OriginUrl? url) && (Find(url) is not null || IsHostAllowed(url));

    public ValueTask HandleAsync(HttpContext context, in Route route)
    {
        if (!TryRead(route.Target, out OriginUrl? url))
            return UploadRefusal.WriteAsync(context, ErrorMapping.NoProxy);
        (Remote remote, string path) = Find(url) ?? OfHost(url);
        int query = path.IndexOf('?', StringComparison.Ordinal);
        return query < 0
            ? answers.AnswerAsync(context, remote, kind, path, "")
            : answers.AnswerAsync(context, remote, kind, path[..query], path[query..]);
    }

    private IEnumerable<Remote> Remotes => remotes.All.Where(one => one.Kind == kind).Select(one => one.Remote);

    private static bool TryRead(string target, [NotNullWhen(true)] out OriginUrl? url) =>
        OriginUrl.TryParse(target.Replace("://", "/", StringComparison.Ordinal), out url, out _);

    /// <summary>The remote that has the URL below one of its own, and the path there. Clients that use a proxy can only ask by http; the remote may do better.</summary>
    private (Remote Remote, string Path)? Find(OriginUrl url)
    {
        foreach (Remote remote in Remotes)
        {
            if (remote.FindPath(url) is { } path)
                return (remote, path);
        }

        return null;
    }

    private bool IsHostAllowed(OriginUrl url) =>
        policy.IsAllowed(url) || Remotes.Any(remote => remote.Urls.Any(own => own.Host == url.Host && own.Port == url.Port));

    /// <summary>All repositories of a host, as one remote.</summary>
    private (Remote Remote, string Path) OfHost(OriginUrl url)
    {
        string root = url.Uri.GetLeftPart(UriPartial.Authority) + "/";
        if (_hosts.Count >= MaxHosts)
            _hosts.Clear();

        // No remote of the configuration can have that name.
        Remote remote = _hosts.GetOrAdd(root, static root => new Remote(new RemoteOptions { Name = root, Type = RemoteType.Apt, Urls = [root] }));
        return (remote, url.Text[root.Length..]);
    }
}

/// <summary>Adds repositories of Debian packages.</summary>
internal static class AptExtensions
{
    public static void AddApt(this IServiceCollection services)
    {
        services.AddSingleton<AptFolders>();
        services.AddSingleton<AptStates>();
        services.AddSingleton<AptNames>();
        services.AddSingleton<AptKind>();
        services.AddSingleton<IRemoteKind>(provider => provider.GetRequiredService<AptKind>());
        services.AddSingleton<IEndpoint, AptProxy>();
    }
}
