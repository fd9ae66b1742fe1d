using Microsoft.Extensions.Configuration.Ini;
using Shacache.Core.Messages;

namespace Shacache.Cli.Configuration;

/// <summary>Reads the configuration file: lines <c>key = value</c>, comments begin with <c>#</c> or <c>;</c>.</summary>
internal static class SettingsFile
{
    /// <param name="path">The file.</param>
    /// <param name="values">Gets the values by key.</param>
    /// <param name="upstreams">Gets the upstreams that have a section of their own, in the order of the file.</param>
    /// <param name="problems">Gets every problem, one line each.</param>
    public static void Read(string path, Dictionary<string, SettingValue> values, List<UpstreamSettings> upstreams, List<string> problems)
    {
        Dictionary<string, SettingKey> known = SettingKeys.All.ToDictionary(key => key.Name, StringComparer.OrdinalIgnoreCase);
        Dictionary<string, List<(string Key, string Text)>> sections = new(StringComparer.OrdinalIgnoreCase);
        try
        {
            using FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            foreach ((string name, string? text) in IniStreamConfigurationProvider.Read(file))
            {
                if (known.TryGetValue(name, out SettingKey? key))
                    values[key.Name] = new SettingValue(text ?? "", $"{key.Name} in {path}");
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
            return;
        List<string> headings = [.. File.ReadLines(path).Where(line => line.TrimStart().StartsWith('['))];
        foreach ((string name, List<(string Key, string Text)> lines) in sections.OrderBy(section => headings.FindIndex(heading => Names(heading, section.Key))))
            upstreams.Add(UpstreamSection.Read(name, lines, path, problems));
    }

    private static bool Names(string heading, string section) => heading.Trim().TrimEnd(']').TrimEnd().EndsWith($" {section}", StringComparison.OrdinalIgnoreCase);
}
