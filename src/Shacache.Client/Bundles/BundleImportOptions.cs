namespace Shacache.Client.Bundles;

/// <summary>How a bundle is imported.</summary>
public sealed record BundleImportOptions
{
    /// <summary>Accept a bundle that nobody trusted signed. Digests are compared all the same. Default false.</summary>
    public bool AllowUntrusted { get; init; }

    /// <summary>Refuse entries that the configuration does not trust. Default false: clients decide whom they trust, not who carries.</summary>
    public bool OnlyTrustedEntries { get; init; }

    /// <summary>How many contents or keys are under way at the same time. Default 8, at least 1.</summary>
    public int Jobs { get; init; } = 8;

    /// <summary>Told of each entry that is refused, from any thread, one call at a time.</summary>
    public Action<BundleRefusal>? OnRefused { get; init; }
}
