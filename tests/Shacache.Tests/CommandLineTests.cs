using Shacache.Cli.Running;

namespace Shacache.Cli;

public sealed class CommandLineTests
{
    private static readonly string Folder = Path.GetTempPath();

    [Theory]
    [InlineData("serve, upload, download", "shacache")]
    [InlineData("there is no command or argument 'uplaod' here.", "shacache", "uplaod")]
    [InlineData("there is no option '--frobnicate' here.", "shacache", "--frobnicate")]
    [InlineData("Option '--config' is required.", "shacache upload", "upload", "-f", "x")]
    [InlineData("Required argument missing for option: '-f'.", "shacache upload", "upload", "-c", "x", "-f")]
    [InlineData("Argument 'fish' not recognized. Must be one of:", "shacache completion", "completion", "fish")]
    public async Task Run_MeaninglessLine_IsOneClearLineAndAHint(string message, string command, params string[] arguments)
    {
        ProgramResult result = await ShacacheProgram.RunAsync(Folder, arguments);
        Assert.Equal((2, ""), (result.ExitCode, result.Text));
        string[] lines = result.Error.TrimEnd('\n').Split('\n');
        Assert.Equal(2, lines.Length);
        Assert.StartsWith("shacache: ", lines[0], StringComparison.Ordinal);
        Assert.Contains(message, lines[0], StringComparison.Ordinal);
        Assert.Equal($"Try '{command} --help'.", lines[1]);
    }

    [Fact]
    public void CreateRootFor_LineThatBeginsWithACommand_HasThatCommandAlone()
    {
        string[] all = [.. CommandLine.CreateRoot().Subcommands.Select(command => command.Name)];
        Assert.All(all, name => Assert.Equal(name == "completion" ? all : [name], CommandLine.CreateRootFor([name]).Subcommands.Select(command => command.Name)));
        Assert.Equal(all, CommandLine.CreateRootFor([]).Subcommands.Select(command => command.Name));
        Assert.Equal(all, CommandLine.CreateRootFor(["--verbose", "upload"]).Subcommands.Select(command => command.Name));
        Assert.Equal(all, CommandLine.CreateRootFor(["uplaod"]).Subcommands.Select(command => command.Name));
    }

    [Fact]
    public async Task Run_Version_PrintsItAlone() =>
        Assert.Matches(@"^[0-9]+\.[0-9]+\.[0-9]+\n$", (await ShacacheProgram.RunAsync(Folder, "--version")).AssertDone().Text);

    [Theory]
    [InlineData("upload")]
    [InlineData("download")]
    [InlineData("fetch")]
    [InlineData("verify")]
    [InlineData("binary publish")]
    [InlineData("binary install")]
    [InlineData("lookup binary-sr")]
    [InlineData("lookup url")]
    [InlineData("lookup pypi")]
    [InlineData("lookup key")]
    [InlineData("why")]
    [InlineData("config check")]
    [InlineData("generate-signature-key")]
    [InlineData("completion")]
    public async Task Run_Help_SaysWhatACommandIsForAndGivesExamples(string command)
    {
        string help = (await ShacacheProgram.RunAsync(Folder, [.. command.Split(' '), "--help"])).AssertDone().Text;
        Assert.StartsWith("Description:\n", help, StringComparison.Ordinal);
        Assert.Contains("\nExamples:\n  ", help, StringComparison.Ordinal);
        Assert.Contains($"shacache {command} ", help[help.IndexOf("Examples:", StringComparison.Ordinal)..], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_ArgumentWithAt_IsNoFileOfArguments()
    {
        ProgramResult result = await ShacacheProgram.RunAsync(Folder, "upload", "-c", "none", "-f", "x", "-k", "@key", "@scope=@x");
        Assert.Equal(78, result.ExitCode);
        Assert.StartsWith("shacache: none: the file cannot be read", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_Verbose_ShowsTheTraceBehindTheLine()
    {
        ProgramResult result = await ShacacheProgram.RunAsync(Folder, "upload", "-c", "none", "-f", "x", "--verbose");
        Assert.Equal(78, result.ExitCode);
        Assert.Contains("   at Shacache.", result.Error, StringComparison.Ordinal);
    }
}
