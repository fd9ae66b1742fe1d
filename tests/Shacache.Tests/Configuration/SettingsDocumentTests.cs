using Shacache.Cli.Configuration;
using Shacache.Testing;

namespace Shacache.Tests.Configuration;

public sealed class SettingsDocumentTests
{
    [Fact]
    public void ConfigurationDocument_ListsEveryKeyWithUnitDefaultAndEffect_AndNoOther()
    {
        string[] documented =
        [
            .. File.ReadLines(Path.Combine(Repository.Root, "docs", "configuration.md"))
                .SkipWhile(line => line != "## Keys")
                .Where(line => line.StartsWith("| `", StringComparison.Ordinal)),
        ];

        Assert.Equal(
            SettingKeys.All.Select(key => $"| `{key.Name}` | {key.Unit.Name} | {(key.Default.Length > 0 ? $"`{key.Default}`" : "none")} | {key.Effect} |"),
            documented);
    }
}
