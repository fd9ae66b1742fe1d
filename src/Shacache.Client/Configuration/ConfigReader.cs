using System.Globalization;
using Shacache.Client.Errors;

namespace Shacache.Client.Configuration;

/// <summary>Reads the lines of a configuration file by the rules of Python 3's ConfigParser with its default settings.</summary>
internal sealed class ConfigReader(string fileName)
{
    private readonly OrderedDictionary<string, ConfigSection> _sections = new(StringComparer.Ordinal);
    private readonly List<int> _faultyLines = [];
    private ConfigSection? _section;
    private ConfigOption? _option;
    private int _indentation;
    private string? _firstFault;

    public ConfigSection Defaults { get; } = new(ConfigFile.DefaultSection);

    public IReadOnlyDictionary<string, ConfigSection> Sections => _sections;

    public void Read(string text)
    {
        string[] lines = PythonText.Lines(text);
        for (int i = 0; i < lines.Length; i++)
            ReadLine(lines[i], i + 1);
        if (_firstFault is null)
            return;
        string others = string.Join(", ", _faultyLines.Skip(1).Take(10).Select(line => line.ToString(CultureInfo.InvariantCulture)));
        throw Fault(_faultyLines[0], others.Length == 0 ? _firstFault : $"{_firstFault} (so are lines {others})");
    }

    private void ReadLine(string line, int number)
    {
        string stripped = PythonText.Strip(line);
        if (stripped.StartsWith('#') || stripped.StartsWith(';'))
            return;
        if (stripped.Length == 0)
        {
            // An empty line may be inside a value; those at its end are dropped when the value is read.
            _option?.AddLine("");
            return;
        }

        int indentation = 0;
        while (PythonText.IsSpace(line[indentation]))
            indentation++;
        if (_option is { Name.Length: > 0 } && indentation > _indentation)
        {
            _option.AddLine(stripped);
            return;
        }

        _indentation = indentation;
        int close = stripped.LastIndexOf(']');
        if (stripped[0] == '[' && close > 1)
            BeginSection(stripped[1..close], number);
        else if (_section is null)
            throw Fault(number, stripped[0] == '\uFEFF'
                ? "the file begins with a byte order mark; save it as UTF-8 without one"
                : "this line comes before the first [section]");
        else
            BeginOption(_section, stripped, number);
    }

    private void BeginSection(string name, int number)
    {
        _option = null;
        _section = name == ConfigFile.DefaultSection ? Defaults : new ConfigSection(name);
        if (_section != Defaults && !_sections.TryAdd(name, _section))
            throw Fault(number, $"section [{name}] occurs a second time; put its options into the first one", name);
    }

    private void BeginOption(ConfigSection section, string line, int number)
    {
        int delimiter = line.AsSpan().IndexOfAny('=', ':');
        if (delimiter < 0)
        {
            // Later lines that are indented deeper still belong to the option before, as in Python.
            AddFault(number, "this line is neither a [section] nor 'option = value', nor indented to continue a value");
            return;
        }

        if (delimiter == 0)
            AddFault(number, "the name of the option is missing");
        var option = new ConfigOption(PythonText.Lower(PythonText.StripEnd(line[..delimiter])), number);
        option.AddLine(PythonText.Strip(line[(delimiter + 1)..]));
        if (!section.TryAdd(option))
        {
            throw Fault(
                number, $"option {option.Name} is in section [{section.Name}] a second time (first in line {section.Find(option.Name)!.Line})",
                section.Name, option.Name);
        }

        _option = option;
    }

    private void AddFault(int number, string problem)
    {
        _firstFault ??= problem;
        _faultyLines.Add(number);
    }

    private NetworkCacheConfigurationException Fault(int number, string problem, string? section = null, string? option = null) =>
        new($"{fileName}:{number}: {problem}.") { File = fileName, Line = number, Section = section, Option = option };
}

/// <summary>The options of one section, in their order, not interpolated.</summary>
internal sealed class ConfigSection(string name)
{
    private readonly OrderedDictionary<string, ConfigOption> _options = new(StringComparer.Ordinal);

    public string Name => name;

    public IEnumerable<string> Options => _options.Keys;

    public bool TryAdd(ConfigOption option) => _options.TryAdd(option.Name, option);

    public ConfigOption? Find(string lowerCaseName) => _options.GetValueOrDefault(lowerCaseName);
}

/// <summary>One option as it is written in the file.</summary>
/// <param name="Name">The name in lower case.</param>
/// <param name="Line">Where it begins, from 1.</param>
internal sealed record ConfigOption(string Name, int Line)
{
    private readonly List<string> _lines = [];

    /// <summary>The value, not interpolated: its lines without indentation, without empty ones at the end.</summary>
    public string RawValue => PythonText.StripEnd(string.Join('\n', _lines));

    public void AddLine(string line) => _lines.Add(line);
}
