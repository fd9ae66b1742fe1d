namespace Shacache.Client.Bundles;

/// <summary>How a bundle is made.</summary>
public sealed record BundleExportOptions
{
    /// <summary>Make it without a signature when no private key is configured. Default false: that is an error.</summary>
    public bool AllowUnsigned { get; init; }

    /// <summary>How many keys are looked up and downloaded at the same time. Default 8, at least 1.</summary>
    public int Jobs { get; init; } = 8;

    /// <summary>Told of each entry that is left out, and of each key that has none, from any thread, one call at a time.</summary>
    public Action<BundleRefusal>? OnRefused { get; init; }
}
