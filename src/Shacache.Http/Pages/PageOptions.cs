using Microsoft.AspNetCore.Http;
using Shacache.Core.Signing;
using Shacache.Http.Content;
using Shacache.Http.Entries;
using Shacache.Http.Pages.Markup;

namespace Shacache.Http.Pages;

/// <summary>The pages for people.</summary>
public sealed class PageOptions
{
    /// <summary>Who sees them. Others see the page that says what this server is.</summary>
    public PageAudience Audience { get; set; }

    /// <summary>By whose signatures the pages judge entries; null: they do not judge them. Its creator disposes of it.</summary>
    public TrustedKeys? TrustedKeys { get; set; }
}

/// <summary>Who sees the pages.</summary>
public enum PageAudience
{
    /// <summary>Clients on the server's own machine. Behind a proxy on that machine this is everybody.</summary>
    Loopback,

    /// <summary>Every client.</summary>
    Anyone,

    /// <summary>Accounts that may administer.</summary>
    Administrators,

    /// <summary>No one.</summary>
    Off,
}

/// <summary>What the pages say of where the server is.</summary>
/// <param name="Content">Where the content is.</param>
/// <param name="Entries">Where the directory is.</param>
/// <param name="GatewayPath">Where the download gateway is; null when it is off.</param>
/// <param name="IsPrivate">Whether reading needs an account.</param>
internal sealed record PageSurfaces(ContentOptions Content, EntryOptions Entries, string? GatewayPath, bool IsPrivate)
{
    /// <summary>As a visitor sees it.</summary>
    /// <param name="request">The visitor's request.</param>
    public SurfaceUrls For(HttpRequest request)
    {
        (string scheme, HostString host) = (request.Scheme, request.Host);
        return new SurfaceUrls(
            Url(scheme, host, Content.Hosts, Content.Paths), Url(scheme, host, Entries.Hosts, Entries.Paths),
            GatewayPath is null ? null : Url(scheme, host, [], [GatewayPath]), IsPrivate);
    }

    private static string Url(string scheme, HostString host, IReadOnlyList<string> hosts, IReadOnlyList<string> paths)
    {
        if (paths.Count > 0)
            return $"{scheme}://{(host.HasValue ? host.Value : "localhost")}{paths[0]}";
        string port = host.Port is { } number ? $":{number}" : "";
        return $"{scheme}://{hosts[0]}{port}";
    }
}
