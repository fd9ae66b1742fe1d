using System.Text.RegularExpressions;
using Shacache.Cli.Configuration;
using Shacache.Testing;

namespace Shacache.Tests.Configuration;

public sealed partial class SettingsDocumentTests
{
    [Fact]
    public void ConfigurationDocument_ListsEveryKeyWithUnitDefaultAndEffect_AndNoOther() =>
        Assert.Equal(
            SettingKeys.All.Select(key => $"| `{key.Name}` | {key.Unit.Name} | {(key.Default.Length > 0 ? $"`{key.Default}`" : "none")} | {key.Effect} |"),
            Rows("## Keys"));

    [Fact]
    public void ConfigurationDocument_ListsEveryKeyOfAnUpstreamSection_AndNoOther() =>
        Assert.Equal(
            UpstreamSection.Keys.Keys.Order(StringComparer.Ordinal),
            Rows("## Upstreams").SelectMany(row => Names().Matches(row.Split(" | ")[0]).Select(name => name.Groups["name"].Value)).Order(StringComparer.Ordinal));

    private static string[] Rows(string heading) =>
    [
        .. File.ReadLines(Path.Combine(Repository.Root, "docs", "configuration.md"))
            .SkipWhile(line => line != heading)
            .Skip(1)
            .TakeWhile(line => !line.StartsWith("## ", StringComparison.Ordinal))
            .Where(line => line.StartsWith("| `", StringComparison.Ordinal)),
    ];

    [GeneratedRegex("`(?<name>[^`]+)`", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Names();
}
