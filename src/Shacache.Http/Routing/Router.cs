using Microsoft.AspNetCore.Http;
using Shacache.Http.Answers;
using Shacache.Http.Requests;

namespace Shacache.Http.Routing;

/// <summary>Finds the endpoint of a request by its raw target and its host.</summary>
/// <remarks>
/// The raw target, since the decoded path has lost what tells keys apart: dots are resolved and escapes removed there, and
/// <c>%2F</c>, <c>..</c> and <c>%252F</c> mean something in a key (docs/protocol.md, "Keys").
/// </remarks>
internal sealed class Router
{
    private static readonly IEndpoint Unknown = new UnknownPath();
    private static readonly RequestPlace ForwardProxyPlace = new("gateway", "http://*");

    private readonly Place[] _paths;
    private readonly Place[] _hosts;
    private readonly IForwardProxy? _proxy;

    public Router(IEnumerable<IEndpoint> endpoints)
    {
        Place[] places = [.. endpoints.SelectMany(endpoint => endpoint.Mounts.Select(mount => new Place(mount, endpoint)))];
        _proxy = endpoints.OfType<IForwardProxy>().SingleOrDefault();
        _hosts = Array.FindAll(places, place => place.Mount.IsHost);

        // Longest first: /shacache/dir is not an object of /shacache. What is off gives way to what was added later.
        _paths = [.. places.Where(place => !place.Mount.IsHost).OrderByDescending(place => place.Mount.Name.Length).ThenBy(place => place.Endpoint is OffEndpoint)];
    }

    /// <summary>Finds the endpoint; that of no path answers 404. Does not allocate.</summary>
    /// <param name="target">The raw request target: a path with or without query, or an absolute URL.</param>
    /// <param name="host">The value of the Host header, with or without port.</param>
    public Route Find(string target, string? host)
    {
        if (!RequestTarget.TrySplit(target, out int start, out int length, out ReadOnlySpan<char> authority))
            return new Route(Unknown, target, 0, 0);
        if (authority.IsEmpty)
            authority = host;
        else if (_proxy?.IsFor(target) == true)
            return new Route(_proxy, target, 0, target.Length) { Place = ForwardProxyPlace };
        if (_hosts.Length > 0 && FindHost(RequestTarget.WithoutPort(authority)) is { } owner)
            return length > 1 ? owner.Below(target, start + 1, length - 1) : owner.Itself(target);

        // An absolute URL may have no path, which is the root.
        ReadOnlySpan<char> path = length == 0 ? "/" : target.AsSpan(start, length);
        foreach (Place place in _paths)
        {
            if (!place.Mount.Matches(path))
                continue;
            int begin = place.Mount.SegmentLength > 0 ? path.Length - place.Mount.SegmentLength : place.Mount.Name.Length + 1;
            return begin <= length ? place.Below(target, start + begin, length - begin) : place.Itself(target);
        }

        return new Route(Unknown, target, 0, 0);
    }

    private Place? FindHost(ReadOnlySpan<char> host)
    {
        foreach (Place place in _hosts)
        {
            if (host.Equals(place.Mount.Name, StringComparison.OrdinalIgnoreCase))
                return place;
        }

        return null;
    }

    private sealed record Place(Mount Mount, IEndpoint Endpoint)
    {
        private readonly RequestPlace _itself = new(Endpoint.Surface, Mount.IsHost ? "/" : Mount.Name);
        private readonly RequestPlace _below = new(Endpoint.Surface, Mount.IsHost ? "/*" : Mount.HasBelow ? $"{Mount.Name}/*" : Mount.Name);

        public Route Itself(string target) => new(Endpoint, target, 0, 0) { Place = _itself };

        public Route Below(string target, int start, int length) => new(Endpoint, target, start, length) { Place = _below };
    }

    private sealed class UnknownPath : IEndpoint
    {
        public IEnumerable<Mount> Mounts => [];

        public bool IsForWebPages(HttpRequest request, in Route route) => true;

        public ValueTask HandleAsync(HttpContext context, in Route route) =>
            HttpMethods.IsConnect(context.Request.Method) ? UploadRefusal.WriteAsync(context, ErrorMapping.NoTunnel)
            : route.Target.StartsWith('/') ? UploadRefusal.WriteAsync(context, ErrorMapping.UnknownPath)
            : UploadRefusal.WriteAsync(context, ErrorMapping.NoProxy);
    }
}
