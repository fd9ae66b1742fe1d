using System.Text.Json;
using Shacache.Cli.Running;
using Shacache.Testing;

namespace Shacache.Cli.Commands;

public sealed class VerifyCommandTests(CacheSite site) : IDisposable
{
    private const string Url = "https://example.org/verified.tar.gz";
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Run_EntryOfThisMachine_PassesEveryProofOfItsCertificate()
    {
        await UploadAsync("-u", Url);
        string stranger = await CertificateOfAStrangerAsync();
        string config = site.WriteConfig("verify-two.cfg", stranger + site.Certificate);

        string[] lines = (await ShacacheProgram.RunAsync(_folder.Path, "verify", "-c", config, "-u", Url)).AssertDone().Text.Split('\n');

        Assert.Matches("^1 +CN=stranger +2048 +[0-9a-f]{64}$", lines[1]);
        Assert.Matches("^2 +CN=builder +2048 +[0-9a-f]{64}$", lines[2]);
        Assert.Equal(
            [
                "1 signature 1 fail made by another key, or the text was changed",
                "1 sig2 1 fail made by another key, or the text was changed",
                "1 signature 2 pass SHA-1 over this very text",
                "1 sig2 2 pass SHA-512 over this very text",
                "1 key - pass it names this key",
                "1 expiry - pass it never expires",
                "1 verdict - trusted signed by CN=builder",
            ],
            lines[5..12].Select(line => string.Join(' ', line.Split(' ', StringSplitOptions.RemoveEmptyEntries))));
    }

    [Fact]
    public async Task Run_SavedPair_IsJudgedUnderTheKeyThatIsNamed()
    {
        await UploadAsync("-k", "saved");
        string listing = _folder["listing.json"], pair = _folder["pair.json"];
        using (var http = new HttpClient())
            await File.WriteAllTextAsync(listing, await http.GetStringAsync($"{site.BaseUrl}/shadir/saved"));
        await File.WriteAllTextAsync(pair, JsonDocument.Parse(await File.ReadAllTextAsync(listing)).RootElement[0].GetRawText());

        foreach (string file in new[] { listing, pair })
        {
            JsonElement own = await VerifyAsync(0, file, "-k", "saved");
            Assert.Equal(("trusted", "CN=builder"), (Verdict(own), own.GetProperty("entries")[0].GetProperty("signer").GetProperty("subject").GetString()));
            Assert.Equal("trusted", Verdict(await VerifyAsync(0, file)));
            JsonElement replay = await VerifyAsync(3, file, "-k", "another");
            Assert.Equal("other-key", Verdict(replay));
            Assert.Equal(
                "a replay: it was signed for another key (saved)", replay.GetProperty("entries")[0].GetProperty("explanation").GetString());
        }

        await File.WriteAllTextAsync(pair, (await File.ReadAllTextAsync(pair)).Replace("saved", "Saved", StringComparison.Ordinal));
        Assert.Equal("unknown-signer", Verdict(await VerifyAsync(3, pair)));
    }

    [Theory]
    [InlineData("hello", "it is no JSON array.")]
    [InlineData("{}", "it is no JSON array.")]
    [InlineData("[]", "no well-formed entry is in it.")]
    [InlineData("[\"{}\", \"\"]", "The information has no member sha512.")]
    public async Task Run_FileWithoutEntry_IsOneLine(string content, string problem)
    {
        await File.WriteAllTextAsync(_folder["e.json"], content);
        (await ShacacheProgram.RunAsync(_folder.Path, "verify", "-c", site.Config, "e.json")).AssertFails(
            1, $"shacache: e.json holds no entry that could be verified: {problem} Save one as {{dir}}/KEY answers it.");
    }

    [Fact]
    public async Task Run_NothingThere_SaysSo()
    {
        (await ShacacheProgram.RunAsync(_folder.Path, "verify", "-c", site.Config, "-k", "unknown")).AssertFails(
            3, "shacache: the network cache lists nothing under key unknown.");
        (await ShacacheProgram.RunAsync(_folder.Path, "verify", "-c", site.Config)).AssertFails(
            2, "shacache: say what to verify: --url URL, --key KEY, or a file with an entry.\nTry 'shacache verify --help'.");
        Assert.Equal(1, (await ShacacheProgram.RunAsync(_folder.Path, "verify", "-c", site.Config, "missing.json")).ExitCode);
    }

    [Fact]
    public async Task Run_HostileSubject_CannotMoveTheCursor()
    {
        (await ShacacheProgram.RunAsync(
            _folder.Path, "generate-signature-key", "--key-file", "k2", "--certificate-file", "c2", "--bits", "2048", "--common-name", "a\u202eb")).AssertDone();
        await UploadAsync("-k", "hostile");
        string config = site.WriteConfig("hostile.cfg", await File.ReadAllTextAsync(_folder["c2"]));
        ProgramResult result = await ShacacheProgram.RunAsync(_folder.Path, "verify", "-c", config, "-k", "hostile");
        Assert.Equal(3, result.ExitCode);
        Assert.DoesNotContain('\u202e', result.Text);
    }

    private static string? Verdict(JsonElement report) => Assert.Single(report.GetProperty("entries").EnumerateArray()).GetProperty("verdict").GetString();

    private async Task<JsonElement> VerifyAsync(int exitCode, params string[] arguments)
    {
        ProgramResult result = await ShacacheProgram.RunAsync(_folder.Path, ["verify", "-c", site.Config, "--json", .. arguments]);
        Assert.Equal((exitCode, ""), (result.ExitCode, result.Error));
        return JsonDocument.Parse(result.Text).RootElement;
    }

    private async Task UploadAsync(params string[] arguments)
    {
        await File.WriteAllBytesAsync(_folder["content"], Content.Random(100));
        (await ShacacheProgram.RunAsync(_folder.Path, ["upload", "-c", site.Config, "-f", "content", .. arguments])).AssertDone();
    }

    private async Task<string> CertificateOfAStrangerAsync()
    {
        (await ShacacheProgram.RunAsync(
            _folder.Path, "generate-signature-key", "--key-file", "k", "--certificate-file", "c", "--bits", "2048", "--common-name", "stranger")).AssertDone();
        return await File.ReadAllTextAsync(_folder["c"]);
    }
}
