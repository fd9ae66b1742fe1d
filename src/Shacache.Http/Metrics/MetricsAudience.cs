namespace Shacache.Http.Metrics;

/// <summary>Who may read the metrics.</summary>
public enum MetricsAudience
{
    /// <summary>Callers on the server's own machine. Behind a proxy on it, that is everybody.</summary>
    Loopback,

    /// <summary>Everyone who can connect.</summary>
    Anyone,

    /// <summary>Accounts that may administer.</summary>
    Administrators,

    /// <summary>No one: there are none.</summary>
    Off,
}
