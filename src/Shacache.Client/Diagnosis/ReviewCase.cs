using Shacache.Client.Configuration;

namespace Shacache.Client.Diagnosis;

/// <summary>What the steps of a review share.</summary>
internal sealed class ReviewCase(ConfigFile file, NetworkCacheOptions options, bool isUsable, TimeProvider timeProvider)
{
    public ConfigFile File => file;

    /// <summary>As clients read them; without the options that cannot be used.</summary>
    public NetworkCacheOptions Options => options;

    /// <summary>Whether clients can use the file at all.</summary>
    public bool IsUsable => isUsable;

    public TimeProvider TimeProvider => timeProvider;

    public CheckList Checks { get; } = new();

    /// <summary>Whether something is meant to be uploaded from this machine: also when the configuration of that is not complete.</summary>
    public bool Uploads { get; } = file.Options(NetworkCacheOptionsReader.CacheSection).Concat(file.Options(NetworkCacheOptionsReader.NodeSection)).Any(name => name.StartsWith("upload-", StringComparison.Ordinal) &&
        (name.EndsWith("-url", StringComparison.Ordinal) || OptionNames.IsMisspelt(name)));
}
