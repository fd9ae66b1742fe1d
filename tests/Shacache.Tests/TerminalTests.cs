using Shacache.Cli.Running;
using Shacache.Core.Blobs;
using Shacache.Testing;

namespace Shacache.Cli;

public sealed class TerminalTests(CacheSite site) : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Show_Terminal_ShowsBytesAndThenTheDigest()
    {
        (int exitCode, string shown) = await UploadAsync("");
        Assert.Equal(0, exitCode);
        Assert.Contains("Hashing", shown, StringComparison.Ordinal);
        Assert.Contains("Uploading", shown, StringComparison.Ordinal);
        Assert.Matches("[0-9.]+ of 19.1 MiB", shown);
        Assert.DoesNotMatch("MB|-[0-9]+ ?B|0/100", shown);
        Assert.Matches(@"\x1b\[[0-9;]*m", shown);
        // The cursor is shown again, and the digest stands on a line of its own.
        Assert.Contains("\x1b[?25h", shown, StringComparison.Ordinal);
        Assert.Matches("[0-9a-f]{128}\r\n$", shown);
    }

    /// <summary>What the bar left where the line stands is erased first.</summary>
    [Fact]
    public async Task Warn_WhileABarIsShown_LeavesNothingOfItBehind()
    {
        await File.WriteAllTextAsync(_folder["file"], "x", TestContext.Current.CancellationToken);
        string config = _folder["two.cfg"];
        using var first = new ClosedPort();
        await File.WriteAllTextAsync(
            config, File.ReadAllText(site.Config).Replace("upload-cache-url = ", $"upload-cache-url = {first.Url} ", StringComparison.Ordinal), TestContext.Current.CancellationToken);
        using var terminal = PseudoTerminal.Start(_folder.Path, $"$SHACACHE upload -c '{config}' -f file");
        (int exitCode, string shown) = await terminal.FinishAsync();
        Assert.Equal(0, exitCode);
        Assert.Matches(@"\x1b\[Jshacache: warning: [^\x1b]*Connection refused[^\x1b]*\r\n", shown);
    }

    [Fact]
    public async Task Show_NoColor_HasNoColours()
    {
        (int exitCode, string shown) = await UploadAsync("", ("NO_COLOR", "1"));
        Assert.Equal(0, exitCode);
        Assert.Contains("Uploading", shown, StringComparison.Ordinal);
        Assert.DoesNotMatch(@"\x1b\[[0-9;]*m", shown);
    }

    [Theory]
    [InlineData("--quiet", "xterm")]
    [InlineData("", "dumb")]
    [InlineData("2>error.txt", "xterm")]
    public async Task Show_NoBarWanted_ShowsTheDigestOnly(string more, string term)
    {
        (int exitCode, string shown) = await UploadAsync(more, ("TERM", term));
        Assert.Equal(0, exitCode);
        // .NET itself sets the keypad's mode on every terminal that it writes to.
        Assert.Matches("^(\\x1b\\[\\?1h\\x1b=)?[0-9a-f]{128}\r\n$", shown);
        Assert.False(File.Exists(_folder["error.txt"]) && File.ReadAllText(_folder["error.txt"]).Length > 0);
    }

    [Fact]
    public async Task Run_CtrlC_EndsAtOnceWithNothingLeft()
    {
        // A pipe that stays open: the upload waits for its end.
        (await ShacacheProgram.RunBashAsync(_folder.Path, "mkfifo pipe")).AssertDone();
        using var terminal = PseudoTerminal.Start(
            _folder.Path, $"trap : INT; sleep 30 >pipe & echo READY; $SHACACHE upload -c '{site.Config}' -f pipe -k never; echo \"ended with $?\"; kill $!");
        await terminal.ReadUntilAsync("READY");
        // The bar is there as soon as the program is at work.
        await terminal.ReadUntilAsync("\x1b[?25l");
        terminal.Type("\x03");
        await terminal.ReadUntilAsync("ended with 130");
        await terminal.FinishAsync();
        Assert.Equal([_folder["pipe"]], Directory.GetFileSystemEntries(_folder.Path));
        Assert.Equal(3, (await ShacacheProgram.RunAsync(_folder.Path, "download", "-c", site.Config, "-k", "never")).ExitCode);
    }

    private async Task<(int ExitCode, string Shown)> UploadAsync(string more, params (string, string)[] environment)
    {
        byte[] content = Content.Random(20_000_000);
        File.WriteAllBytes(_folder["file"], content);
        using var terminal = PseudoTerminal.Start(_folder.Path, $"$SHACACHE upload -c '{site.Config}' -f file {more}", environment);
        (int exitCode, string shown) = await terminal.FinishAsync();
        Assert.Contains(Digest.Compute(content).ToString(), shown, StringComparison.Ordinal);
        return (exitCode, shown);
    }
}
