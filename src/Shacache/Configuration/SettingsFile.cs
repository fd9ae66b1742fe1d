using Microsoft.Extensions.Configuration.Ini;
using Shacache.Cli.Configuration.Declaration;
using Shacache.Cli.Configuration.Features;
using Shacache.Core.Messages;

namespace Shacache.Cli.Configuration;

/// <summary>Reads the configuration file: lines <c>key = value</c>, comments begin with <c>#</c> or <c>;</c>.</summary>
internal static class SettingsFile
{
    /// <param name="path">The file.</param>
    /// <param name="values">Gets the values by key.</param>
    /// <param name="problems">Gets every problem, one line each.</param>
    /// <returns>The upstreams that have a section of their own, in the order of the file: the name of each, its keys and values.</returns>
    public static IReadOnlyList<(string Name, List<(string Key, string Text)> Lines)> Read(
        string path, Dictionary<string, SettingValue> values, List<string> problems)
    {
        Dictionary<string, Setting<ServerSettings>> known = DeclaredSettings.All.ToDictionary(setting => setting.Name, StringComparer.OrdinalIgnoreCase);
        Dictionary<string, List<(string Key, string Text)>> sections = new(StringComparer.OrdinalIgnoreCase);
        try
        {
            using FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            foreach ((string name, string? text) in IniStreamConfigurationProvider.Read(file))
            {
                if (known.TryGetValue(name, out Setting<ServerSettings>? setting))
                    values[setting.Name] = new SettingValue(text ?? "", $"{setting.Name} in {path}");
                else if (UpstreamSection.TrySplit(name, out string section, out string sectionKey))
                    (sections.TryGetValue(section, out List<(string, string)>? lines) ? lines : sections[section] = []).Add((sectionKey, text ?? ""));
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
        return [.. sections.OrderBy(section => headings.FindIndex(heading => Names(heading, section.Key))).Select(section => (section.Key, section.Value))];
    }

    private static bool Names(string heading, string section) => heading.Trim().TrimEnd(']').TrimEnd().EndsWith($" {section}", StringComparison.OrdinalIgnoreCase);
}
