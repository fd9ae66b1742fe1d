namespace Shacache.Core.Savings;

/// <summary>The caches that a server is, by how the content came here. The numbers are stored.</summary>
public enum CacheKind
{
    /// <summary>Files that clients contributed: what <c>fetch</c> and other clients upload.</summary>
    Download = 1,

    /// <summary>Built releases that clients published.</summary>
    Binary = 2,

    /// <summary>Files that the download gateway brought from their origins.</summary>
    Gateway = 3,

    /// <summary>Objects that came from an upstream.</summary>
    Proximity = 4,
}

/// <summary>The caches in words, as metrics, commands and pages name them.</summary>
public static class CacheKinds
{
    /// <summary>All of them, in the order in which they are shown.</summary>
    public static IReadOnlyList<CacheKind> All { get; } = [CacheKind.Download, CacheKind.Binary, CacheKind.Gateway, CacheKind.Proximity];

    /// <summary>The word of one.</summary>
    public static string WordFor(CacheKind kind) => kind switch
    {
        CacheKind.Download => "download",
        CacheKind.Binary => "binary",
        CacheKind.Gateway => "gateway",
        _ => "proximity",
    };
}
