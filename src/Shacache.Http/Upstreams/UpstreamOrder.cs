namespace Shacache.Http.Upstreams;

/// <summary>Which upstream is asked first. Peers come before all others in either order.</summary>
public enum UpstreamOrder
{
    /// <summary>In the order in which they are listed.</summary>
    Listed,

    /// <summary>The one that began its answers soonest, of late.</summary>
    Fastest,
}
