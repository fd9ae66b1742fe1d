namespace Shacache.Cli.Configuration.Declaration;

/// <summary>What the value of a setting is.</summary>
/// <param name="Name">As help and documentation call it.</param>
/// <param name="Form">How it is written.</param>
internal abstract record SettingUnit(string Name, SettingForm Form);

/// <summary>What the value of a setting is, and how it is read and written.</summary>
/// <param name="Name">As help and documentation call it.</param>
/// <param name="Parse">Reads and bounds it.</param>
/// <param name="Format">Writes it as an operator would; empty for none.</param>
/// <param name="Form">How it is written.</param>
internal sealed record SettingUnit<T>(string Name, SettingParser<T> Parse, Func<T, string> Format, SettingForm Form = SettingForm.Single) : SettingUnit(Name, Form);

/// <summary>How the value of a setting is written.</summary>
internal enum SettingForm
{
    /// <summary>One value. Of several options on a command line the last one counts.</summary>
    Single,

    /// <summary>As <see cref="Single"/>; an option without a value is <c>true</c>.</summary>
    Switch,

    /// <summary>Values with white space between. The option may be repeated instead.</summary>
    List,

    /// <summary>As <see cref="List"/>; an option takes all values that follow it.</summary>
    Pairs,
}

/// <summary>Reads a value.</summary>
/// <param name="text">The value, trimmed.</param>
/// <param name="value">Means nothing when something is wrong.</param>
/// <returns>What is wrong, worded to follow the value; null when nothing is.</returns>
internal delegate string? SettingParser<T>(string text, out T value);
