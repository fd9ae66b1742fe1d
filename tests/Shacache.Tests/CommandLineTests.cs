using Shacache.Cli.Running;
using Shacache.Testing;

namespace Shacache.Cli;

public sealed class CommandLineTests
{
    private static readonly string Folder = Path.GetTempPath();

    [Theory]
    [InlineData("serve, health, upload, download", "shacache")]
    [InlineData("there is no command or argument 'uplaod' here.", "shacache", "uplaod")]
    [InlineData("there is no option '--frobnicate' here.", "shacache", "--frobnicate")]
    [InlineData("which slapos.cfg? Name it with --config, or in SHACACHE_CFG; there is neither slapos.cfg in this folder nor /etc/opt/slapos/slapos.cfg.", "shacache upload", "upload", "-f", "x")]
    [InlineData("-f needs a value, FILE: what to upload: a file, or a folder", "shacache upload", "upload", "-c", "x", "-f")]
    [InlineData("Argument 'tcsh' not recognized. Must be one of: 'bash' 'zsh' 'fish'", "shacache completion", "completion", "tcsh")]
    [InlineData("URL is missing: the URL of a file, or of a software release, exactly as it is asked for; or a key that deployed tools make of one.", "shacache why", "why")]
    [InlineData("VERSION is missing: its version.", "shacache lookup pypi", "lookup", "pypi", "setuptools")]
    [InlineData("--name NAME is missing: the name of the account: letters, digits, '.', '_' and '-'.", "shacache account request", "account", "request")]
    [InlineData("--jobs needs a whole number, not 'x'.", "shacache fetch", "fetch", "--jobs", "x", "http://h/")]
    [InlineData("-c is given 2 times, but has one value.", "shacache why", "why", "-c", "a", "-c", "b", "http://h/")]
    [InlineData("there is no command or argument 'a\\u001b[2Jb' here.", "shacache", "a\u001b[2Jb")]
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
    [InlineData("admin migrate")]
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

    /// <summary>What .NET says of a file is put into the words of the user who named it.</summary>
    [Theory]
    [InlineData("upload -c s.cfg -f missing -k k", "cannot read what is to be uploaded, missing: there is no such file.")]
    [InlineData("upload -c s.cfg -f s.cfg -k k -m missing", "missing: the metadata cannot be read: there is no such file.")]
    [InlineData("upload -c s.cfg -f s.cfg -k k -m folder", "folder: the metadata cannot be read: it is a folder.")]
    [InlineData("verify -c s.cfg missing -k k", "cannot read the saved entry missing: there is no such file.")]
    [InlineData("verify -c s.cfg folder -k k", "cannot read the saved entry folder: it is a folder.")]
    [InlineData("fetch -c s.cfg -i missing", "the list missing cannot be read: there is no such file.")]
    [InlineData("fetch -c s.cfg -i folder", "the list folder cannot be read: it is a folder.")]
    [InlineData("bundle import -c s.cfg missing", "/missing: there is no such file.")]
    [InlineData("bundle import -c s.cfg folder", "folder is a folder, not a bundle.")]
    [InlineData("bundle export -c s.cfg --keys missing b", "the keys cannot be read: missing: there is no such file.")]
    [InlineData("mirror pull --url http://127.0.0.1:1 --keys missing", "the keys cannot be read: missing: there is no such file.")]
    [InlineData("account list --url https://127.0.0.1:1 --ca missing", "missing, which --ca names, cannot be used: there is no such file.")]
    [InlineData("account list --url https://127.0.0.1:1 --cert folder", "folder, which --cert names, cannot be used: it is a folder.")]
    [InlineData("account list --url https://127.0.0.1:1 --token-file missing", "--token-file: missing cannot be read: there is no such file.")]
    [InlineData("account request --name a --key folder", "the private key folder cannot be used: it is a folder.")]
    [InlineData("serve --config missing", "--config: 'missing' cannot be read: there is no such file.")]
    [InlineData("serve --config folder", "--config: 'folder' cannot be read: it is a folder.")]
    [InlineData("serve --data s.cfg", "cannot be used: it is a file.")]
    [InlineData("serve --tls-certificate missing --tls-key missing --listen https://127.0.0.1:0", "/missing' cannot be read: there is no such file")]
    public async Task Run_FileThatIsNotThereOrAFolder_IsNamedWithTheReason(string line, string message)
    {
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder["folder"]);
        await File.WriteAllTextAsync(
            folder["s.cfg"], "[networkcache]\ndownload-cache-url = http://127.0.0.1:1/\ndownload-dir-url = http://127.0.0.1:1/\nupload-cache-url = http://127.0.0.1:1/\nupload-dir-url = http://127.0.0.1:1/\n",
            TestContext.Current.CancellationToken);
        ProgramResult result = await ShacacheProgram.RunBashAsync(folder.Path, $"$SHACACHE {line}");
        Assert.NotEqual(0, result.ExitCode);
        Assert.EndsWith(message + "\n", result.Error, StringComparison.Ordinal);
        Assert.Single(result.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    [Fact]
    public async Task Run_Verbose_ShowsTheTraceBehindTheLine()
    {
        ProgramResult result = await ShacacheProgram.RunAsync(Folder, "upload", "-c", "none", "-f", "x", "--verbose");
        Assert.Equal(78, result.ExitCode);
        Assert.Contains("   at Shacache.", result.Error, StringComparison.Ordinal);
    }
}
