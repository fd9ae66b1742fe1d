using System.Text.Json;
using Shacache.Cli.Running;
using Shacache.Testing;

namespace Shacache.Cli.Commands;

public sealed class DownloadCommandTests(CacheSite site) : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Run_NothingListed_Is3AndSaysUnderWhat()
    {
        (await RunAsync("-u", "https://example.org/unknown")).AssertFails(
            3, "shacache: the network cache lists nothing under https://example.org/unknown (key file-urlmd5:d48607ce580b828443005682de545c98).");
        (await RunAsync("-k", "unknown")).AssertFails(3, "shacache: the network cache lists nothing under key unknown.");
    }

    [Fact]
    public async Task Run_NobodyTrusted_Is3AndSaysWhy()
    {
        await UploadAsync("untrusted", 100);
        string config = site.WriteConfig("trusts-none.cfg", "");
        ProgramResult result = await ShacacheProgram.RunAsync(_folder.Path, "download", "-c", config, "-k", "untrusted", "-o", "got");
        result.AssertFails(
            3, "shacache: none of the 1 entries under key untrusted is trusted: 1 not signed by any certificate of the list. " +
            "signature-certificate-list has no certificate: add those of the machines that you trust.");
        Assert.False(File.Exists(_folder["got"]));
    }

    [Fact]
    public async Task Run_SignedBySomebodyElse_Is3()
    {
        await UploadAsync("stranger", 100);
        (await ShacacheProgram.RunAsync(_folder.Path, "generate-signature-key", "--key-file", "k", "--certificate-file", "c", "--bits", "2048")).AssertDone();
        string config = site.WriteConfig("trusts-another.cfg", File.ReadAllText(_folder["c"]));
        ProgramResult result = await ShacacheProgram.RunAsync(_folder.Path, "download", "-c", config, "-k", "stranger");
        Assert.Equal((3, ""), (result.ExitCode, result.Text));
        Assert.EndsWith("Add the uploader's certificate to signature-certificate-list if you trust it.\n", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_Filters_ChooseAmongTheEntries()
    {
        foreach (string version in new[] { "[4, 10]", "[3, 9]", "[4, 2, 1]", "\"4.2\"", "[4, 2]" })
        {
            File.WriteAllText(_folder["content"], version);
            File.WriteAllText(_folder["m.json"], $$"""{"version": {{version}}}""");
            (await ShacacheProgram.RunAsync(_folder.Path, "upload", "-c", site.Config, "-f", "content", "-k", "versions", "-m", "m.json")).AssertDone();
        }

        ProgramResult oldest = await RunAsync("-k", "versions", "version>=[4,2]", "version<<Infinity");
        Assert.Equal("[4, 2]", oldest.Text);
        Assert.Equal((0, "shacache: warning: An entry is skipped: its version does not compare with [4,2].\n"), (oldest.ExitCode, oldest.Error));
        Assert.Equal("[4, 10]", (await RunAsync("-k", "versions", "version>[0]", "version>>[4,2]")).Text);
        Assert.Equal("\"4.2\"", (await RunAsync("-k", "versions", "version==\"4.2\"")).AssertDone().Text);

        ProgramResult list = (await RunAsync("-k", "versions", "-l", "key==\"versions\"")).AssertDone();
        JsonElement[] entries = [.. JsonDocument.Parse(list.Output).RootElement.EnumerateArray()];
        Assert.Equal(["[4,2]", "\"4.2\"", "[4,2,1]", "[3,9]", "[4,10]"], entries.Select(entry => JsonSerializer.Serialize(entry.GetProperty("version"))));
        Assert.Equal(["created", "key", "sha512"], entries[0].EnumerateObject().Select(member => member.Name).Where(name => name is not ("version" or "sig2")));
        (await RunAsync("-k", "versions", "version==[9]")).AssertFails(
            3, "shacache: none of the 5 trusted entries under key versions passes the filters. Use --list without filters to see them.");
    }

    [Theory]
    [InlineData("say what to download: either --url URL or --key KEY.")]
    [InlineData("say what to download: either --url URL or --key KEY.", "-u", "http://x/", "-k", "k")]
    [InlineData("give --list or --output, not both: a list goes to the standard output.", "-k", "k", "-l", "-o", "x")]
    [InlineData("'a=1' is not a filter: it has none of the operators ==, <=, >=, <, >, <<, >>.", "-k", "k", "a=1")]
    [InlineData("'a==x' is not a filter: its value is not JSON, unexpected character 'x' at position 1. Text needs double quotes: a==\"…\".", "-k", "k", "a==x")]
    [InlineData("there is no option '--unknown'.", "-k", "k", "--unknown")]
    public async Task Run_MeaninglessArguments_IsUsage(string message, params string[] arguments) =>
        (await RunAsync(arguments)).AssertFails(2, $"shacache: {message}\nTry 'shacache download --help'.");

    [Fact]
    public async Task Run_StoredBytesWereChanged_NobodyGetsThemWhole()
    {
        (string digest, byte[] content) = await UploadAsync("tampered", 300_000);
        content[^1] ^= 1;
        File.WriteAllBytes(site.StoredFile(digest), content);
        File.WriteAllText(_folder["got"], "what was there");

        ProgramResult piped = await RunAsync("-k", "tampered");
        Assert.Equal((3, ""), (piped.ExitCode, piped.Text));

        ProgramResult filed = await RunAsync("-k", "tampered", "-o", "got");
        Assert.Equal((3, ""), (filed.ExitCode, filed.Text));
        Assert.Equal("what was there", File.ReadAllText(_folder["got"]));
        Assert.DoesNotContain(Directory.GetFiles(_folder.Path), name => name.Contains(".part", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Run_ContentIsGone_Is3()
    {
        (string digest, _) = await UploadAsync("gone", 300_000);
        File.Delete(site.StoredFile(digest));
        ProgramResult result = await RunAsync("-k", "gone", "-o", "got");
        Assert.Equal(3, result.ExitCode);
        Assert.StartsWith("shacache: No server of download-cache-url has the content: ", result.Error, StringComparison.Ordinal);
        Assert.False(File.Exists(_folder["got"]));
    }

    [Fact]
    public async Task Run_ReaderOfThePipeGoesAway_EndsQuietly()
    {
        await UploadAsync("long", 8_000_000);
        ProgramResult result = await ShacacheProgram.RunBashAsync(
            _folder.Path, $"$SHACACHE download -c '{site.Config}' -k long | head -c 10 | wc -c; exit ${{PIPESTATUS[0]}}");
        Assert.Equal((141, "10\n", ""), (result.ExitCode, result.Text, result.Error));
    }

    [Fact]
    public async Task Run_OutputSharedWithOtherCommands_IsWrittenInTurn()
    {
        (_, byte[] content) = await UploadAsync("shared", 200_000);
        (await ShacacheProgram.RunBashAsync(
            _folder.Path, $"{{ printf before; $SHACACHE download -c '{site.Config}' -k shared; printf after; }} > all")).AssertDone();
        Assert.Equal([.. "before"u8, .. content, .. "after"u8], File.ReadAllBytes(_folder["all"]));
    }

    [Fact]
    public async Task Run_NoSuchConfig_Is78() =>
        (await ShacacheProgram.RunAsync(_folder.Path, "download", "-c", "missing.cfg", "-k", "k")).AssertFails(
            78, "shacache: missing.cfg: the file cannot be read: there is no such file.");

    [Fact]
    public async Task Run_NoServerConfigured_Is78AndNamesTheOption()
    {
        File.WriteAllText(_folder["cfg"], "[networkcache]\n");
        (await ShacacheProgram.RunAsync(_folder.Path, "download", "-c", "cfg", "-k", "k")).AssertFails(
            78, "shacache: Option download-dir-url of section [networkcache] is not set; it is needed for this.");
    }

    private Task<ProgramResult> RunAsync(params IReadOnlyList<string> arguments) =>
        ShacacheProgram.RunAsync(_folder.Path, ["download", "-c", site.Config, .. arguments]);

    private async Task<(string Digest, byte[] Content)> UploadAsync(string key, int lengthBytes)
    {
        byte[] content = Content.Random(lengthBytes);
        File.WriteAllBytes(_folder["upload"], content);
        ProgramResult result = await ShacacheProgram.RunAsync(_folder.Path, "upload", "-c", site.Config, "-f", "upload", "-k", key);
        return (result.AssertDone().Text.Trim(), content);
    }
}
