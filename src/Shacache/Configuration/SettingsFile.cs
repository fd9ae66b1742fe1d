using Microsoft.Extensions.Configuration.Ini;

namespace Shacache.Cli.Configuration;

/// <summary>Reads the configuration file: lines <c>key = value</c>, comments begin with <c>#</c> or <c>;</c>.</summary>
internal static class SettingsFile
{
    public static void Read(string path, Dictionary<string, SettingValue> values, List<string> problems)
    {
        Dictionary<string, SettingKey> known = SettingKeys.All.ToDictionary(key => key.Name, StringComparer.OrdinalIgnoreCase);
        try
        {
            using FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            foreach ((string name, string? text) in IniStreamConfigurationProvider.Read(file))
            {
                if (known.TryGetValue(name, out SettingKey? key))
                    values[key.Name] = new SettingValue(text ?? "", $"{key.Name} in {path}");
                else
                    problems.Add($"{name.Replace(":", "/", StringComparison.Ordinal)} in {path}: there is no such key; 'shacache serve --help' lists them.");
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            problems.Add($"--config: '{path}' cannot be read: {e.Message}");
        }
        catch (FormatException e)
        {
            problems.Add($"{path}: {e.Message.TrimEnd('.')}; a line is key = value.");
        }
    }
}
