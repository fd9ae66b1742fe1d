using System.Collections;

namespace Shacache.Cli.Configuration.Declaration;

/// <summary>Settings that belong together, in the order of the help and of docs/configuration.md.</summary>
/// <typeparam name="TOptions">What they are settings of.</typeparam>
internal sealed class SettingTable<TOptions> : IEnumerable<Setting<TOptions>>
{
    private readonly List<Setting<TOptions>> _settings = [];

    /// <summary>Declares a setting. Nothing else needs to be written for it but its row in docs/configuration.md.</summary>
    /// <param name="name">Lower case, words joined by hyphens.</param>
    /// <param name="unit">What its value is, and its bounds.</param>
    /// <param name="effect">What it changes: the text of the help and of docs/configuration.md.</param>
    /// <param name="get">Reads the property that it sets. What a new object has there is the default.</param>
    /// <param name="set">Sets the property.</param>
    public void Add<TValue>(string name, SettingUnit<TValue> unit, string effect, Func<TOptions, TValue> get, Action<TOptions, TValue> set) =>
        _settings.Add(new PropertySetting<TValue>(name, unit, effect, get, set));

    /// <summary>The setting of that name, however it is capitalised; null when there is none.</summary>
    public Setting<TOptions>? Find(string name) => _settings.Find(setting => setting.Name.Equals(name, StringComparison.OrdinalIgnoreCase));

    public IEnumerator<Setting<TOptions>> GetEnumerator() => _settings.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private sealed class PropertySetting<TValue>(
        string name, SettingUnit<TValue> unit, string effect, Func<TOptions, TValue> get, Action<TOptions, TValue> set) : Setting<TOptions>(name, unit, effect)
    {
        public override string Show(TOptions options) => unit.Format(get(options));

        public override string? Apply(TOptions options, string text)
        {
            if (unit.Parse(text, out TValue value) is { } problem)
                return problem;
            set(options, value);
            return null;
        }
    }
}
