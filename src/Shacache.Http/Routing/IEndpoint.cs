using Microsoft.AspNetCore.Http;

namespace Shacache.Http.Routing;

/// <summary>Answers the requests for some paths or hosts. Each feature registers its own; those of a feature that is off are not there.</summary>
internal interface IEndpoint
{
    /// <summary>Where it is found.</summary>
    IEnumerable<Mount> Mounts { get; }

    /// <summary>What metrics call it: one of the surfaces in docs/monitoring.md.</summary>
    string Surface => "page";

    /// <summary>Whether a GET or HEAD here only reads content, which any web page may have a browser do.</summary>
    bool IsForWebPages(HttpRequest request, in Route route);

    /// <summary>Answers a request.</summary>
    ValueTask HandleAsync(HttpContext context, in Route route);
}

/// <summary>Answers requests of clients that use this server as their proxy (RFC 9110, section 3.7).</summary>
internal interface IForwardProxy : IEndpoint
{
    /// <summary>Whether a whole URL is one that it answers for; any other is taken for one of this server.</summary>
    bool IsFor(string target);
}

/// <summary>A path or host of an endpoint. A class: collections of those are compiled already when the server starts.</summary>
internal sealed record Mount
{
    private Mount(string name) => Name = name;

    /// <summary>A path without a slash at its end; or a host name without port.</summary>
    public string Name { get; }

    /// <summary>Whether <see cref="Name"/> is a host: the endpoint then has all of its paths.</summary>
    public bool IsHost { get; private init; }

    /// <summary>Whether the path itself belongs to the endpoint.</summary>
    public bool HasPath { get; private init; }

    /// <summary>Whether the paths below belong to it.</summary>
    public bool HasBelow { get; private init; }

    /// <summary>How much of the path, at its end, is the segment already.</summary>
    public int SegmentLength { get; private init; }

    /// <summary>A path, and nothing below it.</summary>
    /// <param name="path">The path.</param>
    /// <param name="segment">Its end, which the endpoint is given as its segment.</param>
    public static Mount At(string path, string segment = "") => new(path) { HasPath = true, SegmentLength = segment.Length };

    /// <summary>A path, and all paths below it.</summary>
    public static Mount Under(string path) => new(path) { HasPath = true, HasBelow = true };

    /// <summary>All paths below a path, but not the path itself.</summary>
    public static Mount Below(string path) => new(path) { HasBelow = true };

    /// <summary>All paths of a host.</summary>
    public static Mount Host(string name) => new(name) { IsHost = true };

    /// <summary>Whether a path is the endpoint's.</summary>
    public bool Matches(ReadOnlySpan<char> path) =>
        path.StartsWith(Name, StringComparison.Ordinal) && (path.Length == Name.Length ? HasPath : HasBelow && path[Name.Length] == '/');
}
