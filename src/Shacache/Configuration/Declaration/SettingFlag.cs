using System.CommandLine;

namespace Shacache.Cli.Configuration.Declaration;

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
