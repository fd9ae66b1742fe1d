namespace Shacache.Client.Configuration;

/// <summary>One option as it stands in the file.</summary>
/// <param name="Name">The name in lower case.</param>
/// <param name="Line">Where it begins, from 1.</param>
internal sealed record ConfigOption(string Name, int Line)
{
    private readonly List<string> _lines = [];

    /// <summary>The value, not interpolated: its lines without indentation, without empty ones at the end.</summary>
    public string RawValue => PythonText.StripEnd(string.Join('\n', _lines));

    public void AddLine(string line) => _lines.Add(line);
}
