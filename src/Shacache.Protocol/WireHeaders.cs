namespace Shacache.Protocol;

/// <summary>Names of headers that servers and clients of the wire protocol give a meaning of their own (docs/protocol.md).</summary>
public static class WireHeaders
{
    /// <summary>How an answer came about: from what is here, or from elsewhere.</summary>
    public const string CacheStatus = "X-Cache";

    /// <summary>Which upstream had the content.</summary>
    public const string UpstreamName = "X-Cache-Upstream";

    /// <summary>How many entries of a listing, the first ones, the server has itself.</summary>
    public const string OwnCount = "X-Cache-Own";

    /// <summary>Asks for the digest of what is stored (RFC 9530).</summary>
    public const string WantDigest = "Want-Repr-Digest";

    /// <summary>Says with the value 1 that the client follows a redirect of a content, and compares what comes with the digest that it asked for.</summary>
    public const string AcceptRedirect = "Shacache-Accept-Redirect";

    /// <summary>The digest of what is stored (RFC 9530).</summary>
    public const string Digest = "Repr-Digest";
}
