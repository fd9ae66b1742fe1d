using Microsoft.Extensions.Logging;
using Shacache.Cli.Configuration.Declaration;
using Shacache.Http.Metrics;

namespace Shacache.Cli.Configuration.Features;

/// <summary>What the server writes about itself and its requests.</summary>
internal sealed class LogSettings
{
    private const string Off = "off";
    private const string StandardOutput = "-";

    public static SettingTable<ServerSettings> Table { get; } = new()
    {
        { "access-log", new SettingUnit<string?>("path", ParseAccessLog, path => path ?? Off),
            "File that gets a line for each request; - is the standard output, off is none.",
            settings => settings.Logs.AccessLog, (settings, value) => settings.Logs.AccessLog = value },
        { "log-level", Units.Word("is no level", StringComparison.OrdinalIgnoreCase, "trace", "debug", "information", "warning", "error", "critical"),
            "The least severe messages that are logged: trace, debug, information, warning, error or critical.",
            settings => (int)settings.Logs.Level, (settings, value) => settings.Logs.Level = (LogLevel)value },
        { "metrics", Units.Word("is no audience", StringComparison.Ordinal, "loopback", "anyone", "administrators", "off"),
            "Who may read the metrics at /metrics: loopback for callers on this machine, anyone, administrators for accounts that may administer; off: they are not served.",
            settings => (int)settings.Cache.Metrics, (settings, value) => settings.Cache.Metrics = (MetricsAudience)value },
    };

    /// <summary>A path or <c>-</c>; null for none.</summary>
    public string? AccessLog { get; set; }

    public LogLevel Level { get; set; } = LogLevel.Information;

    private static string? ParseAccessLog(string text, out string? path)
    {
        path = text switch
        {
            Off or "" => null,
            StandardOutput => text,
            _ => Path.GetFullPath(text),
        };
        return text.Length == 0 ? "names no file; write a path, - or off" : null;
    }
}
