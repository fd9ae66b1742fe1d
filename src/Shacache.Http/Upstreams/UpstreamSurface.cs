namespace Shacache.Http.Upstreams;

/// <summary>Which of an upstream's two URLs.</summary>
internal enum UpstreamSurface
{
    /// <summary>The content store.</summary>
    Cache,

    /// <summary>The directory.</summary>
    Directory,
}
