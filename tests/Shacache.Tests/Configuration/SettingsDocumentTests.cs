using Shacache.Cli.Configuration;
using Shacache.Cli.Configuration.Features;
using Shacache.Cli.Configuration.Values;
using Shacache.Testing;

namespace Shacache.Tests.Configuration;

public sealed class SettingsDocumentTests
{
    [Fact]
    public void ConfigurationDocument_ListsEverySettingWithUnitDefaultAndEffect_AndNoOther()
    {
        var defaults = new ServerSettings();

        Assert.Equal(
            DeclaredSettings.All.Select(setting =>
                $"| `{setting.Name}` | {setting.Unit.Name} | {(setting.Show(defaults) is { Length: > 0 } value ? $"`{value}`" : "none")} | {setting.Effect} |"),
            Rows("## Settings"));
    }

    [Fact]
    public void ConfigurationDocument_ListsEverySettingOfAnUpstreamSectionWithUnitAndEffect_AndNoOther() =>
        Assert.Equal(UpstreamSection.Table.Select(setting => $"| `{setting.Name}` | {setting.Unit.Name} | {setting.Effect} |"), Rows("## Upstreams"));

    [Fact]
    public void ConfigurationDocument_ListsEverySettingOfARemoteSectionWithUnitAndEffect_AndNoOther() =>
        Assert.Equal(RemoteSection.Table.Select(setting => $"| `{setting.Name}` | {setting.Unit.Name} | {setting.Effect} |"), Rows("## Remotes"));

    private static string[] Rows(string heading) =>
    [
        .. File.ReadLines(Path.Combine(Repository.Root, "docs", "configuration.md"))
            .SkipWhile(line => line != heading)
            .Skip(1)
            .TakeWhile(line => !line.StartsWith("## ", StringComparison.Ordinal))
            .Where(line => line.StartsWith("| `", StringComparison.Ordinal)),
    ];
}
