namespace Shacache.Http.Surfaces;

/// <summary>Finds the surface of a request by its raw target and its host.</summary>
/// <remarks>
/// No path of a surface may lie under one that is built in, <see cref="ReservedPaths"/>.
/// The raw target, since the decoded path has lost what tells keys apart: dots are resolved and escapes removed there, and
/// <c>%2F</c>, <c>..</c> and <c>%252F</c> mean something in a key (docs/protocol.md, "Keys").
/// </remarks>
internal sealed class SurfaceRouter
{
    private const string GatewayPath = "/fetch/";
    private const string AccountPath = "/account";
    private const string AdminPath = "/admin";
    private const string MirrorPath = "/mirror";

    // As slapproxy has it, below a path of the content store.
    private const string UpdatePath = "/shacache/update";
    private const string UpdateSegment = "update";

    /// <summary>Built-in paths: no surface may have one of them, or a path below.</summary>
    public static readonly IReadOnlyList<string> ReservedPaths = [AccountPath, AdminPath, MirrorPath, UpdatePath, "/healthz", "/robots.txt", "/fetch"];

    private readonly Mount[] _paths;
    private readonly Mount[] _hosts;

    public SurfaceRouter(CacheServerOptions options)
    {
        _paths = Mounts(options.CachePaths, options.DirectoryPaths);
        // Longest first: /shacache/dir is not an object of /shacache.
        Array.Sort(_paths, (one, other) => other.Name.Length.CompareTo(one.Name.Length));
        _hosts = Mounts(options.CacheHosts, options.DirectoryHosts);
    }

    /// <summary>Finds the surface. Does not allocate.</summary>
    /// <param name="target">The raw request target: a path with or without query, or an absolute URL.</param>
    /// <param name="host">The value of the Host header, with or without port.</param>
    public Route Find(string target, string? host)
    {
        if (!RequestTarget.TrySplit(target, out int start, out int length, out ReadOnlySpan<char> authority))
            return new Route(Surface.None, target, 0, 0);
        if (authority.IsEmpty)
            authority = host;

        ReadOnlySpan<char> path = target.AsSpan(start, length);
        if (_hosts.Length > 0 && FindHost(RequestTarget.WithoutPort(authority)) is var surface and not Surface.None)
            return path.Length > 1 ? new Route(surface, target, start + 1, length - 1) : new Route(surface, target, 0, 0);

        if (path.SequenceEqual(UpdatePath))
            return Behind(UpdatePath.Length - UpdateSegment.Length - 1, Surface.Mirror);
        foreach (Mount mount in _paths)
        {
            if (IsUnder(path, mount.Name))
                return Behind(mount.Name.Length, mount.Surface);
        }

        if (path.StartsWith(GatewayPath, StringComparison.Ordinal))
            return new Route(Surface.Gateway, target, start + GatewayPath.Length, length - GatewayPath.Length);
        if (IsUnder(path, AccountPath))
            return Behind(AccountPath.Length, Surface.Account);
        if (IsUnder(path, AdminPath))
            return Behind(AdminPath.Length, Surface.Admin);
        if (IsUnder(path, MirrorPath))
            return Behind(MirrorPath.Length, Surface.Mirror);
        return new Route(FindPage(path), target, 0, 0);

        Route Behind(int prefixLength, Surface owner) => length > prefixLength
            ? new Route(owner, target, start + prefixLength + 1, length - prefixLength - 1)
            : new Route(owner, target, 0, 0);
    }

    private static bool IsUnder(ReadOnlySpan<char> path, string prefix) =>
        path.StartsWith(prefix, StringComparison.Ordinal) && (path.Length == prefix.Length || path[prefix.Length] == '/');

    private Surface FindHost(ReadOnlySpan<char> host)
    {
        foreach (Mount mount in _hosts)
        {
            if (host.Equals(mount.Name, StringComparison.OrdinalIgnoreCase))
                return mount.Surface;
        }

        return Surface.None;
    }

    private static Surface FindPage(ReadOnlySpan<char> path) => path switch
    {
        "/" or "" => Surface.Home,
        "/healthz" => Surface.Health,
        "/robots.txt" => Surface.Robots,
        _ => Surface.None,
    };

    private static Mount[] Mounts(IEnumerable<string> caches, IEnumerable<string> directories) =>
    [
        .. caches.Select(name => new Mount(name, Surface.Cache)),
        .. directories.Select(name => new Mount(name, Surface.Directory)),
    ];

    /// <summary>A surface and its path or host. A class: collections of those are compiled already when the server starts.</summary>
    private sealed record Mount(string Name, Surface Surface);
}
