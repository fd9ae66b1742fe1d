using Shacache.Cli.Configuration.Declaration;
using Shacache.Core.Retention;

namespace Shacache.Cli.Configuration.Features;

/// <summary>What is kept, and for how long.</summary>
internal sealed class RetentionSettings
{
    private static readonly SettingUnit<TimeSpan> Keep = Units.Time(TimeSpan.Zero, 3650 * Units.Day);

    private static readonly SettingUnit<TimeSpan?> OptionalKeep = new(
        "duration",
        static (text, out time) =>
        {
            string? problem = Keep.Parse(text, out TimeSpan given);
            time = problem is null ? given : null;
            return problem;
        },
        static time => time is { } given ? Keep.Format(given) : "");

    public static SettingTable<ServerSettings> Table { get; } = new()
    {
        { "keep-signers", Units.Path,
            "File with certificates, PEM: content that an entry signed by one of them names, with the documents of a release, is never removed to make room, nor by a clean-up.",
            settings => settings.Retention.KeepSigners, (settings, value) => settings.Retention.KeepSigners = value },
        { "dangling-entry-keep", Keep,
            "For so long an entry is kept whose content was evicted, removed or found damaged; it is listed again when the content is back.",
            settings => settings.Retention.Options.DanglingEntryKeep, (settings, value) => settings.Retention.Options.DanglingEntryKeep = value },
        { "unlisted-content-keep", OptionalKeep,
            "The clean-up removes content that no entry names and that was not read for so long; none: it is kept.",
            settings => settings.Retention.Options.UnlistedContentKeep, (settings, value) => settings.Retention.Options.UnlistedContentKeep = value },
        { "audit-keep", Keep,
            "The clean-up removes lines of the audit log that are older, and leaves a line that says so.",
            settings => settings.Retention.Options.AuditKeep, (settings, value) => settings.Retention.Options.AuditKeep = value },
    };

    public RetentionOptions Options { get; } = new();

    /// <summary>File with certificates, read when the server starts; null for none.</summary>
    public string? KeepSigners { get; set; }
}
