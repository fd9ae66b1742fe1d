using Shacache.Cli.Configuration.Declaration;
using Shacache.Http.Pages;

namespace Shacache.Cli.Configuration.Features;

/// <summary>The pages for people.</summary>
internal sealed class PageSettings
{
    public static SettingTable<ServerSettings> Table { get; } = new()
    {
        { "pages", Units.Word("is no audience", StringComparison.Ordinal, "loopback", "anyone", "administrators", "off"),
            "Who sees the pages about the server: loopback for clients on its machine, anyone, administrators for accounts that may administer, off. Others see a page that says what this is.",
            settings => (int)settings.Cache.Pages.Audience, (settings, value) => settings.Cache.Pages.Audience = (PageAudience)value },
        { "page-certificates", Units.Path,
            "File with certificates, PEM, by which the pages judge entries; none: they are not judged.",
            settings => settings.Pages.Certificates, (settings, value) => settings.Pages.Certificates = value },
    };

    /// <summary>File with certificates, read when the server starts; null for none.</summary>
    public string? Certificates { get; set; }
}
