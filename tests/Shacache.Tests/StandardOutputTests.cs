using Shacache.Cli.Running;

namespace Shacache.Cli;

/// <summary>A standard output that cannot be written is named, whatever was to go there, and is no success.</summary>
public sealed class StandardOutputTests(CacheSite site)
{
    private const string Key = "standard-output-tests";

    [Theory]
    [InlineData(">/dev/full", "shacache: the standard output cannot be written: No space left on device.\n")]
    [InlineData(">&-", "shacache: the standard output cannot be written: it is closed.\n")]
    public async Task Run_OutputThatCannotBeWritten_Is1AndSaysSo(string redirection, string expected)
    {
        (await ShacacheProgram.RunBashAsync(site.Folder, $"head -c 200000 /dev/zero | $SHACACHE upload -f /dev/stdin -k {Key} -q")).AssertDone();
        foreach (string command in new[] { $"download -k {Key}", $"download -k {Key} -l", $"lookup key {Key}", $"lookup key {Key} --json", "config check --offline", "completion bash", "--version", "--help" })
        {
            ProgramResult result = await ShacacheProgram.RunBashAsync(site.Folder, $"$SHACACHE {command} {redirection}");
            Assert.Equal((command, 1, expected), (command, result.ExitCode, result.Error));
        }
    }
}
