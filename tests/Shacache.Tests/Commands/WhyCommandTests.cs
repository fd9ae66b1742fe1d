using System.Text.Json;
using Shacache.Cli.Running;
using Shacache.Client.Entries;
using Shacache.Testing;

namespace Shacache.Cli.Commands;

/// <summary>Against the real server: each hindrance alone, and what is said about it.</summary>
public sealed class WhyCommandTests(CacheSite site) : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Run_FileThatIsThere_IsAHitWithEveryTest()
    {
        const string Url = "https://example.org/why/hit.tar.gz";
        await UploadAsync(100, "-u", Url);
        ProgramResult result = await ShacacheProgram.RunAsync(_folder.Path, "why", "-c", site.Config, Url);
        Assert.Equal((0, ""), (result.ExitCode, result.Error));
        string key = EntryKeys.ForUrl(Url).Value;
        string[] lines = [.. result.Text.Split('\n').Select(line => string.Join(' ', line.Split(' ', StringSplitOptions.RemoveEmptyEntries)))];
        Assert.Equal($"download cache: HIT: entry 1 of {key} is taken: 100 bytes at {site.BaseUrl}/shacache, signed by CN=builder", lines[0]);
        Assert.Contains($"ok entries {key} 1 listed", lines);
        Assert.Contains($"ok binding entry 1 of {key} it names this key", lines);
        Assert.Contains(lines, line => line.StartsWith($"ok signature entry 1 of {key} SHA-1 and sig2 (SHA-512) of certificate 1, CN=builder, SHA-256 fingerprint ", StringComparison.Ordinal));
        Assert.Contains($"ok content entry 1 of {key} 100 bytes at {site.BaseUrl}/shacache", lines);
        Assert.Contains("binary cache: MISS: nothing is listed", lines);
    }

    [Fact]
    public async Task Run_BlacklistedUrl_SaysWhichPrefixAndWhatElseWouldBe()
    {
        const string Url = "https://example.org/why/moving.tar.gz";
        await UploadAsync(100, "-u", Url);
        string config = site.WriteConfig("why-list.cfg", site.Certificate, "download-cache-url-blacklist =\n  https://other.example/\n  https://example.org/why/mov");
        JsonElement cache = await ExplainAsync(3, 0, "-c", config, Url);
        Assert.StartsWith("download-cache-url-blacklist has https://example.org/why/mov; otherwise: entry 1 of ", cache.GetProperty("summary").GetString(), StringComparison.Ordinal);
        Assert.Equal(["url list"], Failed(cache));
    }

    [Fact]
    public async Task Run_UntrustedReplayedOrMissing_NamesTheTestThatFailed()
    {
        await AssertFailsAsync("signature", "untrusted", config: site.WriteConfig("why-untrusted.cfg", await CertificateOfAStrangerAsync()));
        // Not short enough to stay in the server's memory.
        const string Missing = "https://example.org/why/gone";
        string digest = await UploadAsync(300_000, "-u", Missing);
        File.Delete(site.StoredFile(digest));
        Assert.Equal(["content"], Failed(await ExplainAsync(3, 0, "-c", site.Config, Missing)));

        const string Replayed = "https://example.org/why/replayed";
        await UploadAsync(100, "-u", "https://example.org/why/original");
        using (var http = new HttpClient())
        {
            JsonElement listing = JsonDocument.Parse(
                await http.GetStringAsync($"{site.BaseUrl}/shadir/{EntryKeys.ForUrl("https://example.org/why/original")}")).RootElement;
            using var body = new StringContent(listing[0].GetRawText());
            (await http.PutAsync($"{site.BaseUrl}/shadir/{EntryKeys.ForUrl(Replayed)}", body)).EnsureSuccessStatusCode();
        }

        JsonElement replay = await ExplainAsync(3, 0, "-c", site.Config, Replayed);
        Assert.Equal(["binding"], Failed(replay));
        Assert.Contains(
            replay.GetProperty("checks").EnumerateArray(),
            check => check.GetProperty("finding").GetString() == "a replay: it was signed for another URL (https://example.org/why/original)");
    }

    [Fact]
    public async Task Run_BinaryRelease_IsHeldAgainstThePlatformAndTheFolder()
    {
        const string Url = "https://example.org/why/software.cfg";
        string key = EntryKeys.ForSoftwareRelease(Url).Value;
        await File.WriteAllTextAsync(_folder["m.json"], $$"""{"software_url": "{{Url}}", "multiarch": "x86_64-linux-gnu", "os": ["debian", "12", "bookworm"]}""");
        await UploadAsync(100, "-k", key, "-m", "m.json");
        string[] fitting = ["-c", site.Config, Url, "--platform", "x86_64-linux-gnu:debian:12", "--root", _folder.Path];

        Assert.True((await ExplainAsync(0, 1, fitting)).GetProperty("hit").GetBoolean());
        JsonElement other = await ExplainAsync(3, 1, "-c", site.Config, Url, "--platform", "aarch64-linux-gnu:debian:12", "--root", _folder.Path);
        Assert.Equal(["platform"], Failed(other));
        Directory.CreateDirectory(_folder[key]);
        JsonElement installed = await ExplainAsync(3, 1, fitting);
        Assert.Equal(["folder"], Failed(installed));
        Directory.Delete(_folder[key]);

        string config = site.WriteConfig(
            "why-binary.cfg", site.Certificate, "binary-cache-url-blacklist = https://example.org/why/\ndownload-from-binary-cache-force-url-list = https://example.org/");
        fitting[1] = config;
        JsonElement listed = await ExplainAsync(3, 1, fitting);
        Assert.Equal(["url list"], Failed(listed));
        Assert.Contains(listed.GetProperty("checks").EnumerateArray(), check => check.GetProperty("about").GetString() == "download-from-binary-cache-force-url-list");
    }

    [Fact]
    public async Task Run_NothingConfiguredOrNoServer_IsAMissAndNoError()
    {
        await File.WriteAllTextAsync(_folder["empty.cfg"], "[networkcache]\n");
        JsonElement off = await ExplainAsync(3, 0, "-c", _folder["empty.cfg"], "https://example.org/x");
        Assert.Equal("it is switched off: servers to download from are not configured", off.GetProperty("summary").GetString());
        // Port 9 is discard, where no server listens.
        await File.WriteAllTextAsync(_folder["dead.cfg"], "[networkcache]\ndownload-cache-url = http://127.0.0.1:9/c\ndownload-dir-url = http://u:top-secret@127.0.0.1:9/d\n");
        ProgramResult dead = await ShacacheProgram.RunAsync(_folder.Path, "why", "-c", "dead.cfg", "https://example.org/x");
        Assert.Equal((3, ""), (dead.ExitCode, dead.Error));
        Assert.Contains("Connection refused", dead.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("top-secret", dead.Text, StringComparison.Ordinal);
        (await ShacacheProgram.RunAsync(_folder.Path, "why", "-c", "dead.cfg", "x", "--platform", "x")).AssertFails(
            2, "shacache: The platform 'x' does not have the form MULTIARCH:ID:VERSION[:CODENAME], such as x86_64-linux-gnu:debian:12:bookworm.\n" +
            "Try 'shacache why --help'.");
    }

    private static string[] Failed(JsonElement cache) =>
        [.. cache.GetProperty("checks").EnumerateArray().Where(check => check.GetProperty("result").GetString() == "fail").Select(check => check.GetProperty("check").GetString()!)];

    private async Task AssertFailsAsync(string check, string name, string config)
    {
        string url = $"https://example.org/why/{name}";
        await UploadAsync(100, "-u", url);
        Assert.Equal([check], Failed(await ExplainAsync(3, 0, "-c", config, url)));
    }

    private async Task<JsonElement> ExplainAsync(int exitCode, int cache, params string[] arguments)
    {
        ProgramResult result = await ShacacheProgram.RunAsync(_folder.Path, ["why", "--json", .. arguments]);
        Assert.Equal((exitCode, ""), (result.ExitCode, result.Error));
        return JsonDocument.Parse(result.Text).RootElement.GetProperty("caches")[cache];
    }

    private async Task<string> UploadAsync(int lengthBytes, params string[] arguments)
    {
        await File.WriteAllBytesAsync(_folder["content"], Content.Random(lengthBytes));
        return (await ShacacheProgram.RunAsync(_folder.Path, ["upload", "-c", site.Config, "-f", "content", .. arguments])).AssertDone().Text.Trim();
    }

    private async Task<string> CertificateOfAStrangerAsync()
    {
        (await ShacacheProgram.RunAsync(
            _folder.Path, "generate-signature-key", "--key-file", "k", "--certificate-file", "c", "--bits", "2048", "--common-name", "stranger")).AssertDone();
        return await File.ReadAllTextAsync(_folder["c"]);
    }
}
