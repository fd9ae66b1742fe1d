using Shacache.Cli.Configuration;
using Shacache.Cli.Configuration.Declaration;
using Shacache.Cli.Configuration.Features;
using Shacache.Cli.Configuration.Values;
using static Shacache.Packaging.Manuals.ManualPage;

namespace Shacache.Packaging.Manuals;

/// <summary>The page of the server's configuration file: every declared setting.</summary>
internal static class SettingsPage
{
    public static ManualPage Create(ManualEdition edition)
    {
        var page = new ManualPage("shacache.conf", 5, "configuration of the network cache server", edition);
        page.Heading("Description");
        page.Paragraph($"The file that {Bold("shacache serve --config")} {Italic("FILE")} reads, and the packaged server at {Italic("/etc/shacache/shacache.conf")}. " +
            $"A line is {Italic("name")} {Bold("=")} {Italic("value")}; comments begin with {Bold("#")} or {Bold(";")}. Several values have white space between them.");
        page.Paragraph($"Each setting is also an option, {Bold("--")}{Italic("name")} {Italic("value")}, and a variable of the environment, its name in capitals " +
            $"with underscores after {Bold("SHACACHE_")}. Options win over the environment, and that over the file. " +
            "All is checked before the server starts; an unknown name or a wrong value is reported, and the exit status is 78.");
        page.Paragraph($"A size has a unit, {Bold("B")}, {Bold("KiB")}, {Bold("MiB")}, {Bold("GiB")} or {Bold("TiB")}; " +
            $"a duration {Bold("ms")}, {Bold("s")}, {Bold("m")}, {Bold("h")} or {Bold("d")}.");
        page.Heading("Settings");
        var defaults = new ServerSettings();
        foreach (Setting<ServerSettings> setting in DeclaredSettings.All)
        {
            string value = setting.Show(defaults);
            page.Item($"{Bold(setting.Name)} ({Escape(setting.Unit.Name)})", $"{Prose(setting.Effect)} Default: {(value.Length > 0 ? Bold(value) : "none")}.");
        }

        page.Heading("Upstreams with a section");
        page.Paragraph($"A section {Bold("[upstream")} {Italic("NAME")}{Bold("]")} tells more about one upstream than its two URLs. Its settings:");
        foreach (Setting<UpstreamSection> setting in UpstreamSection.Table)
            page.Item($"{Bold(setting.Name)} ({Escape(setting.Unit.Name)})", Prose(setting.Effect));
        page.Heading("Remotes");
        page.Paragraph($"A section {Bold("[remote")} {Italic("NAME")}{Bold("]")} makes the server serve an index of packages below /remote/NAME/, and keep what it serves. Its settings:");
        foreach (Setting<RemoteSection> setting in RemoteSection.Table)
            page.Item($"{Bold(setting.Name)} ({Escape(setting.Unit.Name)})", Prose(setting.Effect));
        page.Heading("Examples");
        page.Paragraph("A public cache over HTTPS, after shacache account init:");
        page.Example(["data = /var/lib/shacache", "listen = http://*:80 https://*:443", "tls-certificate = /etc/shacache/tls/fullchain.pem", "tls-key = /etc/shacache/tls/privkey.pem"]);
        page.Paragraph("A proximity cache on a build machine:");
        page.Example(["data = /var/lib/shacache", "listen = http://127.0.0.1:8080", "upstream = https://cache.example/shacache https://cache.example/shadir"]);
        page.Heading("See also");
        page.Paragraph($"{Bold("shacache-serve")}(1), {Bold("shacache-admin")}(1)");
        return page;
    }
}
