namespace Shacache.Http.Surfaces;

/// <summary>What a path belongs to.</summary>
internal enum Surface
{
    /// <summary>Nothing: 404.</summary>
    None,

    /// <summary>The content store.</summary>
    Cache,

    /// <summary>The directory.</summary>
    Directory,

    /// <summary>The download gateway.</summary>
    Gateway,

    /// <summary>What uploaders do with their accounts.</summary>
    Account,

    /// <summary>What whoever administers does with accounts.</summary>
    Admin,

    /// <summary>What whoever runs the cache asks about its upstreams.</summary>
    Mirror,

    /// <summary>The page that says what this is.</summary>
    Home,

    /// <summary>Whether the server is able to serve.</summary>
    Health,

    /// <summary>What crawlers are asked to do.</summary>
    Robots,
}
