using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Configuration.Ini;
using Shacache.Cli.Configuration.Declaration;
using Shacache.Cli.Configuration.Features;
using Shacache.Cli.Configuration.Values;
using Shacache.Core.Messages;

namespace Shacache.Cli.Configuration;

/// <summary>Reads the configuration file: lines <c>key = value</c>, comments begin with <c>#</c> or <c>;</c>.</summary>
internal static class SettingsFile
{
    /// <param name="path">The file.</param>
    /// <param name="values">Gets the values by key.</param>
    /// <param name="problems">Gets every problem, one line each.</param>
    /// <returns>The sections, in the order of the file.</returns>
    public static IReadOnlyList<SettingsSection> Read(
        string path, Dictionary<string, SettingValue> values, List<string> problems)
    {
        Dictionary<string, Setting<ServerSettings>> known = DeclaredSettings.All.ToDictionary(setting => setting.Name, StringComparer.OrdinalIgnoreCase);
        Dictionary<string, SettingsSection> sections = new(StringComparer.OrdinalIgnoreCase);
        try
        {
            using FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            foreach ((string name, string? text) in IniStreamConfigurationProvider.Read(file))
            {
                if (known.TryGetValue(name, out Setting<ServerSettings>? setting))
                    values[setting.Name] = new SettingValue(text ?? "", $"{setting.Name} in {path}");
                else if (SettingsSection.TrySplit(name, out SettingsSection? section, out string sectionKey))
                    (sections.TryGetValue(section.Heading, out SettingsSection? begun) ? begun : sections[section.Heading] = section).Lines.Add((sectionKey, text ?? ""));
                else
                    problems.Add($"{name.Replace(":", "/", StringComparison.Ordinal)} in {path}: there is no such key; 'shacache serve --help' lists them.");
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            problems.Add($"--config: '{path}' cannot be read: {FileTrouble.Explain(e, path)}.");
        }
        catch (FormatException e)
        {
            problems.Add($"{path}: {e.Message.TrimEnd('.')}; a line is key = value.");
        }

        if (sections.Count == 0)
            return [];
        List<string> headings = [.. File.ReadLines(path).Where(line => line.TrimStart().StartsWith('['))];
        return [.. sections.Values.OrderBy(section => headings.FindIndex(section.Is))];
    }
}

/// <summary>A section of the configuration file: what it is of, the name of that, and its keys and values.</summary>
/// <param name="Kind">Such as <c>upstream</c>.</param>
/// <param name="Name">The name.</param>
internal sealed record SettingsSection(string Kind, string Name)
{
    private static readonly string[] Kinds = [UpstreamSection.Kind, RemoteSection.Kind];

    public string Heading => $"{Kind} {Name}";

    public List<(string Key, string Text)> Lines { get; } = [];

    /// <summary>Finds the section of a name such as <c>upstream site:cache-url</c>.</summary>
    /// <returns>False when it is not of such a section.</returns>
    public static bool TrySplit(string name, [NotNullWhen(true)] out SettingsSection? section, out string key)
    {
        int colon = name.LastIndexOf(':');
        string? kind = Array.Find(Kinds, kind => colon > kind.Length + 1 && name.StartsWith($"{kind} ", StringComparison.OrdinalIgnoreCase));
        section = kind is null ? null : new SettingsSection(kind, name[(kind.Length + 1)..colon].Trim());
        key = kind is null ? "" : name[(colon + 1)..];
        return section is not null;
    }

    /// <summary>Whether a line of the file is its heading.</summary>
    public bool Is(string line)
    {
        string[] words = line.Trim().TrimStart('[').TrimEnd(']').Split((char[]?)null, 2, StringSplitOptions.RemoveEmptyEntries);
        return words.Length == 2 && words[0].Equals(Kind, StringComparison.OrdinalIgnoreCase) && words[1].Trim().Equals(Name, StringComparison.OrdinalIgnoreCase);
    }
}
