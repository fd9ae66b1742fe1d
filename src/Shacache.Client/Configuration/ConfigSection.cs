namespace Shacache.Client.Configuration;

/// <summary>The options of one section, in their order, not interpolated.</summary>
internal sealed class ConfigSection(string name)
{
    private readonly OrderedDictionary<string, ConfigOption> _options = new(StringComparer.Ordinal);

    public string Name => name;

    public IEnumerable<string> Options => _options.Keys;

    public bool TryAdd(ConfigOption option) => _options.TryAdd(option.Name, option);

    public ConfigOption? Find(string lowerCaseName) => _options.GetValueOrDefault(lowerCaseName);
}
