using System.Collections;
using Shacache.Cli.Configuration;
using Shacache.Cli.Configuration.Declaration;
using Shacache.Cli.Configuration.Features;
using Shacache.Testing;

namespace Shacache.Tests.Configuration;

public sealed class SettingsReaderTests
{
    private static readonly Dictionary<string, string> NoFlags = [];

    [Fact]
    public void Read_Nothing_GivesTheDefaultsWithoutProblems()
    {
        ServerSettings settings = SettingsReader.Read(NoFlags, new Hashtable(), null, out IReadOnlyList<string> problems);

        Assert.Empty(problems);
        Assert.Equal(20L << 30, settings.Cache.MaxBlobBytes);
        Assert.Equal(TimeSpan.FromSeconds(15), settings.Connections.HeaderTimeout);
        Assert.Equal("http://127.0.0.1:8080", Assert.Single(settings.Host.Listen).Text);
        Assert.Null(settings.Logs.AccessLog);
    }

    [Fact]
    public void Read_KeyInEveryPlace_FlagWinsOverEnvironmentOverFile()
    {
        using var folder = new TemporaryFolder();
        string file = folder["s.ini"];
        File.WriteAllText(file, "# comment\nmax-blob-size = 1GiB\nmax-entry-size = 2KiB\nheader-timeout = 1s\n");
        var environment = new Hashtable { ["SHACACHE_CONFIG"] = file, ["SHACACHE_MAX_ENTRY_SIZE"] = "3KiB", ["SHACACHE_HEADER_TIMEOUT"] = "2s" };

        ServerSettings settings = SettingsReader.Read(
            new Dictionary<string, string> { ["header-timeout"] = "3s" }, environment, null, out IReadOnlyList<string> problems);

        Assert.Empty(problems);
        Assert.Equal(1L << 30, settings.Cache.MaxBlobBytes);
        Assert.Equal(3 << 10, settings.Cache.MaxEntryBytes);
        Assert.Equal(TimeSpan.FromSeconds(3), settings.Connections.HeaderTimeout);
    }

    [Fact]
    public void Read_Gateway_ItIsOffUntilOriginsAreNamed_AndWhatIsNoOriginIsRefused()
    {
        ServerSettings off = SettingsReader.Read(NoFlags, new Hashtable(), null, out _);
        var flags = new Dictionary<string, string>
        {
            ["gateway-origins"] = "*.Example.org example.org:8080",
            ["gateway-moving"] = "https://Example.org/Branch/",
            ["gateway-stall-timeout"] = "5s",
        };
        ServerSettings on = SettingsReader.Read(flags, new Hashtable(), null, out IReadOnlyList<string> none);
        var wrong = new Dictionary<string, string>
        {
            ["gateway-origins"] = "https://example.org",
            ["gateway-moving"] = "example.org/",
            ["gateway-max-transfers"] = "0",
        };
        SettingsReader.Read(wrong, new Hashtable(), null, out IReadOnlyList<string> problems);
        var overlapping = new Dictionary<string, string> { ["gateway-origins"] = "example.org", ["cache-path"] = "/fetch/cache" };
        SettingsReader.Read(overlapping, new Hashtable(), null, out IReadOnlyList<string> overlap);

        Assert.Empty(off.Cache.Gateway.Origins);
        Assert.False(off.Cache.Gateway.AllowPrivateAddresses);
        Assert.Empty(none);
        Assert.Equal(["*.example.org", "example.org:8080"], on.Cache.Gateway.Origins.Select(origin => origin.ToString()));
        Assert.Equal(["https://example.org/Branch/"], on.Cache.Gateway.MovingPrefixes);
        Assert.Equal(TimeSpan.FromSeconds(5), on.Cache.Gateway.StallTimeout);
        Assert.Equal(["--gateway-origins", "--gateway-moving", "--gateway-max-transfers"], problems.Select(line => line.Split(':')[0]));
        Assert.Contains("/fetch", Assert.Single(overlap), StringComparison.Ordinal);
    }

    [Fact]
    public void Read_ManyProblems_ReportsEachWithItsOriginValueAndFix()
    {
        using var folder = new TemporaryFolder();
        string file = folder["s.ini"];
        File.WriteAllText(file, "listen = ftp://x\ncolour = red\n");
        var environment = new Hashtable { ["SHACACHE_COLOUR"] = "red", ["SHACACHE_READ_ONLY"] = "perhaps", ["SHACACHE_TEST_X"] = "1" };
        var flags = new Dictionary<string, string> { ["max-blob-size"] = "20GB", ["shutdown-timeout"] = "5", ["max-connections"] = "0" };

        SettingsReader.Read(flags, environment, file, out IReadOnlyList<string> problems);

        Assert.Equal(7, problems.Count);
        Assert.Contains(problems, line => line.StartsWith($"colour in {file}: ", StringComparison.Ordinal));
        Assert.Contains(problems, line => line.StartsWith($"listen in {file}: 'ftp://x' ", StringComparison.Ordinal));
        Assert.Contains(problems, line => line.StartsWith("SHACACHE_COLOUR: ", StringComparison.Ordinal));
        Assert.Contains(problems, line => line.StartsWith("SHACACHE_READ_ONLY: 'perhaps' ", StringComparison.Ordinal));
        Assert.Contains(problems, line => line.StartsWith("--max-blob-size: '20GB' ", StringComparison.Ordinal) && line.Contains("20GiB", StringComparison.Ordinal));
        Assert.Contains(problems, line => line.StartsWith("--shutdown-timeout: '5' ", StringComparison.Ordinal));
        Assert.Contains(problems, line => line.StartsWith("--max-connections: '0' ", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("http://0.0.0.0:8080", null, true)]
    [InlineData("http://*:8080", null, true)]
    [InlineData("http://[::]:8080", null, true)]
    [InlineData("http://192.0.2.1:80", null, true)]
    [InlineData("http://127.0.0.1:1 http://192.0.2.1:80", null, true)]
    [InlineData("http://0.0.0.0:8080", "read-only", false)]
    [InlineData("http://0.0.0.0:8080", "allow-anonymous-upload", false)]
    [InlineData("http://127.0.0.9:1 http://[::1]:1 http://localhost:1", null, false)]
    public void Read_OpenToOtherMachines_IsRefusedUnlessAsked(string listen, string? flag, bool refused)
    {
        var flags = new Dictionary<string, string> { ["listen"] = listen };
        if (flag is not null)
            flags[flag] = "true";

        SettingsReader.Read(flags, new Hashtable(), null, out IReadOnlyList<string> problems);

        Assert.Equal(refused, problems.Count == 1 && problems[0].Contains("--allow-anonymous-upload", StringComparison.Ordinal));
    }

    [Fact]
    public void Read_TokenForCommandsInTheEnvironment_IsNoneOfTheServersBusiness()
    {
        SettingsReader.Read(new Dictionary<string, string>(), new Hashtable { ["SHACACHE_TOKEN"] = "secret" }, null, out IReadOnlyList<string> problems);

        Assert.Empty(problems);
    }

    [Theory]
    [InlineData("https://127.0.0.1:1/path")]
    [InlineData("https://localhost:0")]
    [InlineData("http://example.org:1")]
    [InlineData("http://127.0.0.1:1/path")]
    [InlineData("http://127.0.0.1:99999")]
    [InlineData("127.0.0.1:8080")]
    [InlineData("")]
    public void Read_AddressThatIsNone_IsRefused(string listen)
    {
        SettingsReader.Read(new Dictionary<string, string> { ["listen"] = listen }, new Hashtable(), null, out IReadOnlyList<string> problems);

        Assert.StartsWith("--listen: ", Assert.Single(problems), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("20GiB", 20L << 30)]
    [InlineData("1 kib", 1024L)]
    [InlineData("7B", 7L)]
    [InlineData("0", 0L)]
    public void ByteSize_Text_IsRead(string text, long bytes)
    {
        Assert.True(ByteSize.TryParse(text, out ByteSize size));
        Assert.Equal(bytes, size.Bytes);
    }

    [Theory]
    [InlineData("20")]
    [InlineData("20GB")]
    [InlineData("-1B")]
    [InlineData("1.5GiB")]
    [InlineData("9999999999TiB")]
    [InlineData("GiB")]
    public void ByteSize_AnythingElse_IsRefused(string text) => Assert.False(ByteSize.TryParse(text, out _));

    [Theory]
    [InlineData("500ms", 500)]
    [InlineData("30s", 30_000)]
    [InlineData("5m", 300_000)]
    public void Duration_Text_IsRead(string text, int milliseconds)
    {
        Assert.True(Duration.TryParse(text, out Duration duration));
        Assert.Equal(milliseconds, duration.Time.TotalMilliseconds);
        Assert.Equal(text, duration.ToString());
    }
}
