using System.CommandLine;

namespace Shacache.Cli.Configuration;

/// <summary>The flag of a key. It takes its value as plain text: values are judged in one place, wherever they come from.</summary>
internal sealed class SettingFlag
{
    private readonly Option<string[]> _option;
    private readonly bool _isList;

    public SettingFlag(SettingKey key)
    {
        Name = key.Name;
        _isList = key.Unit.IsList;
        _option = new Option<string[]>(key.Flag)
        {
            Description = $"{key.Effect} Default: {(key.Default.Length > 0 ? key.Default : "none")}.",
            HelpName = key.Unit.Name,
            // A flag that is given again is judged below: of a list all values count, of anything else the last one.
            Arity = key.Unit == SettingUnit.Switch ? ArgumentArity.ZeroOrMore : ArgumentArity.OneOrMore,
            AllowMultipleArgumentsPerToken = key.Unit.IsPairs,
        };
    }

    public string Name { get; }

    public Option Option => _option;

    /// <summary>The value on the command line; null when the flag is not there. A switch without value is on.</summary>
    public string? FindText(ParseResult parsed)
    {
        if (parsed.GetResult(_option) is not { Implicit: false } result)
            return null;
        if (result.Tokens.Count == 0)
            return "true";
        return _isList ? string.Join(' ', result.Tokens.Select(token => token.Value)) : result.Tokens[^1].Value;
    }
}
