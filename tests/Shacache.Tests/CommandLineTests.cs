using Shacache.Cli.Running;
using Shacache.Testing;

namespace Shacache.Cli;

public sealed class CommandLineTests
{
    private static readonly string Folder = Path.GetTempPath();

    [Theory]
    [InlineData("serve, upload, download", "shacache")]
    [InlineData("there is no command or argument 'uplaod' here.", "shacache", "uplaod")]
    [InlineData("there is no option '--frobnicate' here.", "shacache", "--frobnicate")]
    [InlineData("which slapos.cfg? Name it with --config, or in SHACACHE_CFG; there is neither slapos.cfg in this folder nor /etc/opt/slapos/slapos.cfg.", "shacache upload", "upload", "-f", "x")]
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

    /// <summary>First what the option names, then the environment, then the file here.</summary>
    [Theory]
    [InlineData("option.cfg", "-c option.cfg", "environment.cfg", true)]
    [InlineData("environment.cfg", "", "environment.cfg", true)]
    [InlineData("slapos.cfg", "", "", true)]
    [InlineData("environment.cfg", "", "environment.cfg", false)]
    public async Task Run_WithoutConfig_ReadsTheFirstThatIsNamedOrThere(string expected, string option, string environment, bool hasLocal)
    {
        using var folder = new TemporaryFolder();
        foreach (string name in hasLocal ? new[] { "option.cfg", "environment.cfg", "slapos.cfg" } : ["environment.cfg"])
            await File.WriteAllTextAsync(folder[name], "nonsense", TestContext.Current.CancellationToken);
        foreach (string command in new[] { "upload -k k -f /dev/null", "download -k k", "fetch http://h/", "verify -k k", "why http://h/", "binary install http://h/", "binary publish http://h/", "lookup key k", "lookup url http://h/", "bundle export --keys - b", "bundle import b" })
        {
            ProgramResult result = await ShacacheProgram.RunBashAsync(folder.Path, $"SHACACHE_CFG={environment} $SHACACHE {command} {option}");
            Assert.Equal((78, $"shacache: {expected}:1: this line comes before the first [section].\n"), (result.ExitCode, result.Error));
        }

        ProgramResult generated = await ShacacheProgram.RunBashAsync(folder.Path, $"SHACACHE_CFG={environment} $SHACACHE generate-signature-key {option.Replace("-c ", "", StringComparison.Ordinal)}");
        Assert.Equal((78, $"shacache: {expected}:1: this line comes before the first [section].\n"), (generated.ExitCode, generated.Error));
    }

    [Fact]
    public async Task Run_EnvironmentNamesAFileThatIsMissing_SaysThatItDoes()
    {
        ProgramResult result = await ShacacheProgram.RunBashAsync(Folder, "SHACACHE_CFG=nowhere.cfg $SHACACHE why http://h/");
        result.AssertFails(78, "shacache: nowhere.cfg: the file cannot be read: there is no such file. (SHACACHE_CFG of the environment names it.)");
    }

    [Fact]
    public async Task Run_Verbose_ShowsTheTraceBehindTheLine()
    {
        ProgramResult result = await ShacacheProgram.RunAsync(Folder, "upload", "-c", "none", "-f", "x", "--verbose");
        Assert.Equal(78, result.ExitCode);
        Assert.Contains("   at Shacache.", result.Error, StringComparison.Ordinal);
    }
}
