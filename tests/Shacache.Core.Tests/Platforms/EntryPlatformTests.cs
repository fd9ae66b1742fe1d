using Shacache.Core.Entries;
using Shacache.Core.Platforms;

namespace Shacache.Core.Tests.Platforms;

public sealed class EntryPlatformTests
{
    private static readonly string Sha512 = $"\"sha512\": \"{new string('a', 128)}\"";

    [Theory]
    [InlineData("""{"multiarch": "x86_64-linux-gnu", "os": ["debian", "12", "bookworm"]}""", "x86_64-linux-gnu:debian:12:bookworm")]
    [InlineData("""{"machine": "x86_64", "os": "('debian', '7.0', '')"}""", "x86_64-linux-gnu:debian:7.0:")]
    [InlineData("""{"machine": "x86_64", "os": "(u'Ubuntu', u'12.04', u'precise')"}""", "x86_64-linux-gnu:Ubuntu:12.04:precise")]
    [InlineData("""{"machine": "x86_64", "os": ["debian", "8", ""]}""", "x86_64-linux-gnu:debian:8:")]
    [InlineData("""{"machine": "i686", "multiarch": "aarch64-linux-gnu", "os": "[\"debian\", \"12\", \"b\",]"}""", "aarch64-linux-gnu:debian:12:b")]
    public void TryRead_CurrentAndLegacyForms_AreRead(string information, string expected)
    {
        Assert.True(EntryPlatform.TryRead(information, out Platform? platform, out _));
        Assert.Equal(expected, platform.ToString());
    }

    [Theory]
    [InlineData("[]", "not a JSON object")]
    [InlineData("{", "not valid JSON")]
    [InlineData("""{"os": ["debian", "12", ""]}""", "no multiarch")]
    [InlineData("""{"machine": "i686", "os": ["debian", "12", ""]}""", "no multiarch")]
    [InlineData("""{"machine": 5, "os": ["debian", "12", ""]}""", "no multiarch")]
    [InlineData("""{"multiarch": null, "os": ["debian", "12", ""]}""", "no multiarch")]
    [InlineData("""{"multiarch": "\ud800", "os": ["debian", "12", ""]}""", "not valid JSON")]
    [InlineData("""{"multiarch": "x86_64-linux-gnu"}""", "no os")]
    [InlineData("""{"multiarch": "x86_64-linux-gnu", "os": ["debian", "12"]}""", "not [id, version, codename]")]
    [InlineData("""{"multiarch": "x86_64-linux-gnu", "os": ["debian", 12, ""]}""", "not [id, version, codename]")]
    [InlineData("""{"multiarch": "x86_64-linux-gnu", "os": ["", "12", ""]}""", "not [id, version, codename]")]
    [InlineData("""{"multiarch": "x86_64-linux-gnu", "os": "debian"}""", "not [id, version, codename]")]
    [InlineData("""{"multiarch": "x86_64-linux-gnu", "os": {"id": "debian"}}""", "not [id, version, codename]")]
    public void TryRead_AnythingElse_SaysInOneLineWhatIsWrong(string information, string expected)
    {
        Assert.False(EntryPlatform.TryRead(information, out _, out string? problem));
        Assert.Contains(expected, problem, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', problem);
    }

    [Theory]
    [InlineData("""["debian", "12.1", ""]""", null)]
    [InlineData("""["debian", "11", "bullseye"]""", "built on debian 11 bullseye")]
    [InlineData("7", "not [id, version, codename]")]
    public void FindMismatch_SignedEntry_GivesTheReason(string os, string? expected)
    {
        Assert.True(SignedEntry.TryCreate($"{{{Sha512}, \"multiarch\": \"x86_64-linux-gnu\", \"os\": {os}}}", "", out SignedEntry? entry, out _));

        string? reason = EntryPlatform.FindMismatch(entry, new Platform("x86_64-linux-gnu", new Distribution("debian", "12", "bookworm")));

        Assert.Equal(expected is null, reason is null);
        Assert.Contains(expected ?? "", reason ?? "", StringComparison.Ordinal);
    }
}
