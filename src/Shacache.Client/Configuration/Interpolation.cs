using System.Text;
using Shacache.Client.Errors;

namespace Shacache.Client.Configuration;

/// <summary>Python's BasicInterpolation: <c>%(name)s</c> is the value of another option of the section or of [DEFAULT], <c>%%</c> a percent sign.</summary>
internal sealed class Interpolation(string fileName, ConfigSection section, ConfigSection defaults)
{
    /// <summary>How deep values may refer to values: Python's limit.</summary>
    private const int MaxDepth = 10;

    /// <summary>The longest value, in characters. Python has no bound: ten levels of doubling fill any memory.</summary>
    private const int MaxLength = 1024 * 1024;

    private readonly StringBuilder _result = new();

    public string Expand(ConfigOption option)
    {
        _result.Clear();
        Expand(option, option.RawValue, depth: 1);
        return _result.ToString();
    }

    private void Expand(ConfigOption option, string value, int depth)
    {
        if (depth > MaxDepth)
            throw Fault(option, $"%(name)s references are nested more than {MaxDepth} deep");
        ReadOnlySpan<char> rest = value;
        while (true)
        {
            int percent = rest.IndexOf('%');
            Append(option, percent < 0 ? rest : rest[..percent]);
            if (percent < 0)
                return;
            rest = rest[percent..];
            if (rest.StartsWith("%%"))
            {
                Append(option, "%");
                rest = rest[2..];
                continue;
            }

            int close = rest.IndexOf(')');
            if (!rest.StartsWith("%(") || close < 3 || !rest[(close + 1)..].StartsWith("s"))
                throw Fault(option, "a literal '%' is written '%%', and a reference '%(name)s'");
            string name = PythonText.Lower(rest[2..close].ToString());
            rest = rest[(close + 2)..];
            string referred = (section.Find(name) ?? defaults.Find(name))?.RawValue
                ?? throw Fault(option, $"%({name})s refers to an option that is neither in this section nor in [DEFAULT]");
            // Only a value with references counts as a level, as in Python: a plain value is allowed below the tenth.
            if (referred.Contains('%'))
                Expand(option, referred, depth + 1);
            else
                Append(option, referred);
        }
    }

    private void Append(ConfigOption option, ReadOnlySpan<char> text)
    {
        if (_result.Length + text.Length > MaxLength)
            throw Fault(option, $"the value is longer than {MaxLength} characters");
        _result.Append(text);
    }

    private NetworkCacheConfigurationException Fault(ConfigOption option, string problem) =>
        new($"{fileName}:{option.Line}: option {option.Name} of section [{section.Name}] cannot be read: {problem}.")
        {
            File = fileName,
            Line = option.Line,
            Section = section.Name,
            Option = option.Name,
        };
}
