using Shacache.Protocol;

namespace Shacache.Http.Upstreams;

/// <summary>What any upstream may be asked. Nothing of the client's own request goes along but the way that it came.</summary>
/// <param name="Method">GET or HEAD.</param>
/// <param name="Surface">Where.</param>
/// <param name="Segment">The last segment of the path, escaped.</param>
/// <param name="Via">The way so far, with this server at its end.</param>
internal sealed record UpstreamRequest(HttpMethod Method, UpstreamSurface Surface, string Segment, string Via)
{
    /// <summary>The first byte that is wanted.</summary>
    public long FirstByte { get; init; }

    /// <summary>The tag that one upstream gave to what is wanted from <see cref="FirstByte"/> on; null when it gave none.</summary>
    public string? IfRange { get; init; }

    /// <summary>Whose tag that is: to the others it means nothing.</summary>
    public string? IfRangeOf { get; init; }

    /// <summary>The same as one upstream is asked.</summary>
    /// <param name="upstream">The upstream.</param>
    /// <param name="tls">Its certificate and authorities; null for none of its own.</param>
    public OutgoingRequest For(UpstreamOptions upstream, TlsScope? tls) =>
        new(Method, ExactUrl.Below(Surface == UpstreamSurface.Cache ? upstream.CacheUrl : upstream.DirectoryUrl, Segment))
        {
            Credentials = upstream.Authorization,
            Tls = tls,
            Via = Via,
            OnlyIfCached = upstream.IsPeer,
            Range = FirstByte > 0 ? new ResumePoint(FirstByte, null).Range : null,
            IfRange = IfRangeOf == upstream.Name ? IfRange : null,

            // Content is compared with its digest; a listing is kept as what the upstream said.
            KeepsTls = Surface == UpstreamSurface.Directory,
        };
}

/// <summary>Which of an upstream's two URLs.</summary>
internal enum UpstreamSurface
{
    /// <summary>The content store.</summary>
    Cache,

    /// <summary>The directory.</summary>
    Directory,
}
