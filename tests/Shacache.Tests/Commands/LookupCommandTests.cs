using System.Text.Json;
using System.Text.RegularExpressions;
using Shacache.Cli.Running;
using Shacache.Testing;

namespace Shacache.Cli.Commands;

public sealed partial class LookupCommandTests(CacheSite site) : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly string _name = Guid.NewGuid().ToString("N");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task BinarySr_SeveralSystems_AreAColumnEach()
    {
        string url = $"https://example.org/{_name}/software.cfg";
        string key = (await ShacacheProgram.RunBashAsync(_folder.Path, $"printf %s '{url}' | md5sum | cut -c1-32")).AssertDone().Text.Trim();
        Directory.CreateDirectory(_folder["root", key]);
        foreach (string system in (string[])["x86_64-linux-gnu:debian:12:bookworm", "aarch64-linux-gnu:ubuntu:22.04:jammy", "x86_64-linux-gnu:alpine::"])
        {
            (await ShacacheProgram.RunAsync(
                _folder.Path, "binary", "publish", "-c", site.Config, "--root", "root", "--platform", system, url)).AssertDone();
        }

        string machine = "x86_64-linux-gnu:debian:12";
        string expected = $"""
            Software URL: {url}
            MD5:          {key}
            multiarch          distribution  version  id        compatible?  verified?  software root
            x86_64-linux-gnu   alpine        -        -         yes          yes        {_folder["root"]}
            aarch64-linux-gnu  ubuntu        22.04    jammy     no           yes        {_folder["root"]}
            x86_64-linux-gnu   debian        12       bookworm  yes          yes        {_folder["root"]}

            """;
        Assert.Equal(expected, (await LookUpAsync("binary-sr", "--platform", machine, url)).AssertDone().Text);
        Assert.Equal(expected, (await LookUpAsync("binary-sr", "--platform", machine, key.ToUpperInvariant())).AssertDone().Text);
        JsonElement[] entries = Json((await LookUpAsync("binary-sr", "--platform", machine, "--json", key)).AssertDone());
        // What holds no program needs nothing of a machine but its processor.
        Assert.Equal([true, false, true], entries.Select(entry => entry.GetProperty("compatible").GetBoolean()));
        Assert.Equal("built for aarch64-linux-gnu, this machine is x86_64-linux-gnu", entries[1].GetProperty("mismatch").GetString());
        Assert.Equal("""["debian","12","bookworm"]""", JsonSerializer.Serialize(entries[2].GetProperty("os")));
        Assert.Equal(_folder["root"], entries[2].GetProperty("software_root").GetString());
        Assert.Equal(url, entries[2].GetProperty("information").GetProperty("software_url").GetString());
    }

    [Fact]
    public async Task BinarySr_EntryThatIsNone_HasDashes()
    {
        string key = _name;
        await UploadAsync("-k", key);
        string text = (await LookUpAsync("binary-sr", key)).AssertDone().Text;
        Assert.StartsWith($"Software URL: -\nMD5:          {key}\n", text, StringComparison.Ordinal);
        Assert.EndsWith("\n-          -             -        -   no           yes        -\n", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Url_CurrentAndOlderKeys_AreListedWithNames()
    {
        string url = $"https://example.org/{_name}/foo-1.0.tar.gz";
        string md5 = (await ShacacheProgram.RunBashAsync(_folder.Path, $"printf %s '{url}' | md5sum | cut -c1-32")).AssertDone().Text.Trim();
        string current = await UploadAsync("-u", url);
        string older = await UploadAsync("-k", $"slapos-buildout-{md5}", "file_name=foo\e[31m-old");

        string[] lines = (await LookUpAsync("url", url)).AssertDone().Text.Split('\n');

        Assert.Matches("^name +sha512 +signed$", lines[0]);
        Assert.Matches($"^foo-1\\.0\\.tar\\.gz +{current}  yes$", lines[1]);
        Assert.Matches($@"^foo\\u001b\[31m-old +{older}  yes$", lines[2]);
        JsonElement[] entries = Json((await LookUpAsync("url", "--json", url)).AssertDone());
        Assert.Equal([$"file-urlmd5:{md5}", $"slapos-buildout-{md5}"], entries.Select(entry => entry.GetProperty("key").GetString()));
    }

    [Fact]
    public async Task Pypi_NameAndVersion_AreTheKey()
    {
        string digest = await UploadAsync("-k", $"pypi:{_name}=1.2", "basename=x-1.2.whl");
        Assert.Matches($"\nx-1\\.2\\.whl  {digest}  yes\n$", (await LookUpAsync("pypi", _name, "1.2")).AssertDone().Text);
        (await LookUpAsync("pypi", _name, "1.3")).AssertFails(3, $"shacache: the network cache lists nothing under {_name} 1.3 (key pypi:{_name}=1.3).");
    }

    [Fact]
    public async Task Key_SignedAndNot_SaysWhyNot()
    {
        string digest = await UploadAsync("-k", _name);
        string unsigned = site.WriteConfig($"{_name}.cfg", site.Certificate, "signature-private-key-file =");
        File.WriteAllText(unsigned, string.Join('\n', File.ReadLines(unsigned).Where(line => !line.StartsWith("signature-private-key-file = /", StringComparison.Ordinal))));
        (await ShacacheProgram.RunAsync(_folder.Path, "upload", "-c", unsigned, "-f", "file", "-k", _name)).AssertDone();

        string[] lines = (await LookUpAsync("key", _name)).AssertDone().Text.TrimEnd('\n').Split('\n');
        Assert.Equal(3, lines.Length);
        Assert.Matches($"^{digest}  [0-9T:Z-]+  no +not signed$", lines[1]);
        Assert.Matches($"^{digest}  [0-9T:Z-]+  yes +signed by CN=builder$", lines[2]);
        Assert.Equal(["unsigned", "trusted"], Json((await LookUpAsync("key", "--json", _name)).AssertDone()).Select(entry => entry.GetProperty("verdict").GetString()));
    }

    [Theory]
    [InlineData("url", "https://example.org/nothing", "https://example.org/nothing (keys file-urlmd5:5765d4c7cdb23abe33a2ae690fa92e79 and slapos-buildout-5765d4c7cdb23abe33a2ae690fa92e79 and git-buildout-5765d4c7cdb23abe33a2ae690fa92e79)")]
    [InlineData("key", "nothing", "key nothing")]
    [InlineData("binary-sr", "0123456789abcdef0123456789abcdef", "key 0123456789abcdef0123456789abcdef")]
    public async Task AnyLookup_NothingListed_Is3(string command, string what, string named) =>
        (await LookUpAsync(command, what)).AssertFails(3, $"shacache: the network cache lists nothing under {named}.");

    [Fact]
    public async Task Key_NoKey_IsUsage()
    {
        ProgramResult result = await LookUpAsync("key", "a/b");
        Assert.Equal((2, ""), (result.ExitCode, result.Text));
        Assert.StartsWith("shacache: that is no key: ", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Key_OnATerminal_IsDrawn()
    {
        await UploadAsync("-k", _name);
        using var terminal = PseudoTerminal.Start(_folder.Path, $"$SHACACHE lookup key -c '{site.Config}' {_name}");
        (int exitCode, string shown) = await terminal.FinishAsync();
        Assert.Equal(0, exitCode);
        Assert.Contains("╭", shown, StringComparison.Ordinal);
        Assert.Contains("trusted?", shown, StringComparison.Ordinal);
    }

    /// <summary>At 80 columns a digest loses its middle; in a pipe it is whole.</summary>
    [Theory]
    [InlineData("key", false)]
    [InlineData("url", true)]
    public async Task AnyLookup_OnANarrowTerminal_ShortensTheDigestInTheMiddle(string command, bool isUrl)
    {
        string what = isUrl ? $"https://example.org/{_name}/foo-1.2.tar.gz" : _name;
        string digest = await UploadAsync(isUrl ? "-u" : "-k", what);
        using var terminal = PseudoTerminal.Start(_folder.Path, $"stty cols 80; $SHACACHE lookup {command} -c '{site.Config}' {what}");
        (int exitCode, string shown) = await terminal.FinishAsync();
        Assert.Equal(0, exitCode);
        string[] lines = [.. shown.Split('\n').Select(line => Escapes().Replace(line, "").TrimEnd('\r')).Where(line => line.Contains('│', StringComparison.Ordinal))];
        Assert.All(lines, line => Assert.InRange(line.Length, 1, 80));
        Assert.Single(lines, line => line.Contains(digest[..6], StringComparison.Ordinal) && line.Contains('…', StringComparison.Ordinal) && line.Contains(digest[^6..], StringComparison.Ordinal));
        Assert.Contains(digest, (await LookUpAsync(command, what)).AssertDone().Text, StringComparison.Ordinal);
    }

    [GeneratedRegex(@"\x1b\[[0-9;?]*[A-Za-z]|\x1b=", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex Escapes();

    private static JsonElement[] Json(ProgramResult result) => [.. JsonDocument.Parse(result.Output).RootElement.EnumerateArray()];

    private Task<ProgramResult> LookUpAsync(string command, params string[] arguments) =>
        ShacacheProgram.RunAsync(_folder.Path, ["lookup", command, "-c", site.Config, .. arguments]);

    private async Task<string> UploadAsync(params string[] arguments)
    {
        File.WriteAllBytes(_folder["file"], Content.Random(100));
        return (await ShacacheProgram.RunAsync(_folder.Path, ["upload", "-c", site.Config, "-f", "file", .. arguments])).AssertDone().Text.Trim();
    }
}
