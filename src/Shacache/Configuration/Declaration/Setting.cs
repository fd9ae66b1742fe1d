namespace Shacache.Cli.Configuration.Declaration;

/// <summary>One setting: the same name in the file, as <c>SHACACHE_…</c> in the environment, and as option <c>--…</c>.</summary>
/// <param name="name">Lower case, words joined by hyphens.</param>
/// <param name="unit">What its value is.</param>
/// <param name="effect">What it changes: the text of the help and of docs/configuration.md.</param>
/// <typeparam name="TOptions">What it is a setting of.</typeparam>
internal abstract class Setting<TOptions>(string name, SettingUnit unit, string effect)
{
    public string Name => name;

    public SettingUnit Unit => unit;

    public string Effect => effect;

    /// <summary>The value that it has in these options, written as an operator would; empty for none.</summary>
    public abstract string Show(TOptions options);

    /// <summary>Reads a value into the options. A wrong one leaves them as they are.</summary>
    /// <returns>What is wrong with the value, worded to follow it; null when nothing is.</returns>
    public abstract string? Apply(TOptions options, string text);
}
