using System.CommandLine;

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

/// <summary>The command-line option of a setting. It takes its value as plain text: values are judged in one place, wherever they come from.</summary>
internal sealed class SettingFlag
{
    private readonly Option<string[]> _option;
    private readonly SettingForm _form;

    private SettingFlag(string name, SettingUnit unit, string description)
    {
        Name = name;
        _form = unit.Form;
        _option = new Option<string[]>($"--{name}")
        {
            Description = description,
            HelpName = unit.Name,
            // A flag that is given again is judged below: of a list all values count, of anything else the last one.
            Arity = _form == SettingForm.Switch ? ArgumentArity.ZeroOrMore : ArgumentArity.OneOrMore,
            AllowMultipleArgumentsPerToken = _form == SettingForm.Pairs,
        };
    }

    public string Name { get; }

    public Option Option => _option;

    /// <summary>Makes the option of a setting, whose help tells what it is without it.</summary>
    public static SettingFlag Of<TOptions>(Setting<TOptions> setting, TOptions defaults) =>
        new(setting.Name, setting.Unit, $"{setting.Effect} Default: {(setting.Show(defaults) is { Length: > 0 } value ? value : "none")}.");

    /// <summary>The value on the command line; null when the flag is not there. A switch without value is on.</summary>
    public string? FindText(ParseResult parsed)
    {
        if (parsed.GetResult(_option) is not { Implicit: false } result)
            return null;
        if (result.Tokens.Count == 0)
            return "true";
        return _form is SettingForm.List or SettingForm.Pairs ? string.Join(' ', result.Tokens.Select(token => token.Value)) : result.Tokens[^1].Value;
    }
}

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
