using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Shacache.Cli.Running;
using Shacache.Testing;

namespace Shacache.Cli.Commands;

/// <summary>Publishes on one root and installs on another, with the program as its users run it.</summary>
public sealed class BinaryCommandTests(CacheSite site) : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    private readonly TemporaryFolder _folder = new();

    // No other test has published it.
    private readonly string _url = $"https://example.org/{Guid.NewGuid():N}/software.cfg";

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task PublishAndInstall_AnotherRoot_BringTheReleaseBack()
    {
        await BuildAsync("mkdir -p empty bin; printf x > bin/tool; chmod 750 bin/tool; ln bin/tool hard; ln -s /nowhere 'söft link'; truncate -s 5M sparse; touch -d 2001-02-03 bin/tool empty");

        string digest = (await PublishAsync()).AssertDone().Text.TrimEnd('\n');
        ProgramResult installed = await InstallAsync(site.Config);

        Assert.Matches("^[0-9a-f]{128}$", digest);
        Assert.Equal((0, Installed + "\n"), (installed.ExitCode, installed.Text));
        // It was moved to the other root, and there is nothing to say about that.
        Assert.Equal("", installed.Error);
        await AssertSameAsync();
        ProgramResult again = await InstallAsync(site.Config, "--json");
        Assert.Equal((0, $"shacache: {Installed} exists already and is left alone.\n"), (again.ExitCode, again.Error));
        Assert.Equal("already-there", JsonDocument.Parse(again.Output).RootElement.GetProperty("status").GetString());
    }

    [Fact]
    public async Task Publish_TwiceInJson_SaysThatNothingWasSent()
    {
        await BuildAsync("printf x > file");
        JsonElement first = JsonDocument.Parse((await PublishAsync("--json")).AssertDone().Output).RootElement;
        ProgramResult again = await PublishAsync("--json");
        JsonElement second = JsonDocument.Parse(again.Output).RootElement;

        Assert.Equal((0, $"shacache: {Built} has not changed since it was published.\n"), (again.ExitCode, again.Error));
        Assert.Equal(("published", "already-published"), (first.GetProperty("status").GetString(), second.GetProperty("status").GetString()));
        Assert.Equal((false, true), (first.GetProperty("already_stored").GetBoolean(), second.GetProperty("already_stored").GetBoolean()));
        Assert.Equal(first.GetProperty("sha512").GetString(), second.GetProperty("sha512").GetString());
        Assert.Equal((Key, Built), (second.GetProperty("key").GetString(), second.GetProperty("folder").GetString()));
    }

    [Fact]
    public async Task Publish_SharedOrBlacklisted_IsSkippedWithALine()
    {
        await BuildAsync("touch .shared");
        ProgramResult shared = await PublishAsync();
        Assert.Equal((0, "", $"shacache: {Built} is not published: it holds a file .shared.\n"), (shared.ExitCode, shared.Text, shared.Error));

        string config = site.WriteConfig($"{Key}-up.cfg", site.Certificate, $"upload-to-binary-cache-url-blacklist = {_url[..^4]}");
        ProgramResult blacklisted = await RunAsync("publish", config, "build");
        Assert.Equal((0, "", $"shacache: {_url} is not published: upload-to-binary-cache-url-blacklist has {_url[..^4]}.\n"), (blacklisted.ExitCode, blacklisted.Text, blacklisted.Error));
        Assert.Equal(3, (await InstallAsync(site.Config)).ExitCode);
    }

    [Fact]
    public async Task Publish_NoSuchFolder_Is1() =>
        Assert.Matches($"^shacache: The folder is not archived: .*{Key}.*\n$", LastLine(1, await PublishAsync()));

    [Fact]
    public async Task Install_NothingThatFits_Is3AndForced1()
    {
        string what = $"the binary cache lists nothing under {_url} (key {Key}).";
        (await InstallAsync(site.Config)).AssertFails(3, $"shacache: {what}");
        string forced = site.WriteConfig($"{Key}-forced.cfg", site.Certificate, $"download-from-binary-cache-force-url-list = {_url}");
        (await InstallAsync(forced)).AssertFails(
            1, $"shacache: {what} download-from-binary-cache-force-url-list has the URL, so it must not be built.");

        await BuildAsync("touch file");
        (await PublishAsync("--platform", "riscv64-linux-gnu:debian:13:trixie")).AssertDone();
        ProgramResult other = await InstallAsync(site.Config);
        Assert.Matches("^shacache: none of the 1 trusted entries .* fits: 1 built for riscv64-linux-gnu, this machine is .*\n$", LastLine(3, other));
        Assert.Equal(0, (await InstallAsync(site.Config, "--platform", "riscv64-linux-gnu:Debian:13.1")).ExitCode);
    }

    [Theory]
    [InlineData("download-from-binary-cache-url-blacklist")]
    [InlineData("binary-cache-url-blacklist")]
    public async Task Install_Blacklisted_Is3AndSaysWhy(string option)
    {
        await BuildAsync("touch file");
        (await PublishAsync()).AssertDone();
        string config = site.WriteConfig($"{Key}-down.cfg", site.Certificate, $"{option} = {_url}");
        (await InstallAsync(config)).AssertFails(3, $"shacache: {_url} is not downloaded: download-from-binary-cache-url-blacklist has {_url}.");
        Assert.Empty(Directory.GetFileSystemEntries(_folder["install"]));
    }

    [Fact]
    public async Task Install_SetUidOrTooLarge_Is1UnlessAllowed()
    {
        await BuildAsync("printf 12345 > file; chmod 4755 file");
        (await PublishAsync()).AssertDone();
        Assert.Contains("set-uid", LastLine(1, await InstallAsync(site.Config)), StringComparison.Ordinal);
        LastLine(1, await InstallAsync(site.Config, "--allow-set-id", "--max-size", "4B"));
        Assert.Empty(Directory.GetFileSystemEntries(_folder["install"]));
        Assert.Equal(0, (await InstallAsync(site.Config, "--allow-set-id", "--max-size", "5B")).ExitCode);
        await AssertSameAsync();
    }

    [Theory]
    [InlineData("--platform", "nonsense", "The platform 'nonsense' does not have the form MULTIARCH:ID:VERSION[:CODENAME], such as x86_64-linux-gnu:debian:12:bookworm.")]
    [InlineData("--owner", "no-such-user", "There is no user 'no-such-user' on this machine; an owner is USER[:GROUP], by name or number.")]
    [InlineData("--for", "apt", "--for 'apt' is not known: it is slapgrid or nothing.")]
    [InlineData("--max-size", "12", "--max-size '12' is no size: it must be digits and a unit, such as 20GiB.")]
    public async Task Install_MeaninglessValue_IsUsage(string option, string value, string message) =>
        (await InstallAsync(site.Config, option, value)).AssertFails(2, $"shacache: {message}\nTry 'shacache binary install --help'.");

    [Fact]
    public async Task Install_OtherRoot_IsMovedUnlessSameRootOnlyAndWhyAndLookupTell()
    {
        await BuildAsync("touch file");
        (await PublishAsync()).AssertDone();
        string config = Path.Combine(_folder.Path, "node.cfg");
        File.WriteAllText(config, File.ReadAllText(site.Config) + $"\n[slapos]\nsoftware_root = {_folder["install"]}\n");

        ProgramResult refused = await ShacacheProgram.RunAsync(_folder.Path, "binary", "install", "--same-root-only", "-c", config, _url);
        Assert.Matches($"^shacache: none of the 1 trusted entries .* was built for {_folder["install"]}: 1 for {_folder["build"]}\\. .*--any-root.*\n$", LastLine(3, refused));
        Assert.Empty(Directory.GetFileSystemEntries(_folder["install"]));
        ProgramResult why = await ShacacheProgram.RunAsync(_folder.Path, "why", "-c", config, _url);
        Assert.Equal(0, why.ExitCode);
        Assert.Contains($"it was built for {_folder["build"]}, this software root is {_folder["install"]}: it can be moved", why.Text, StringComparison.Ordinal);
        ProgramResult lookup = await ShacacheProgram.RunAsync(_folder.Path, "lookup", "binary-sr", "-c", config, _url);
        Assert.Contains($"{_folder["build"]} (another)\n", lookup.Text, StringComparison.Ordinal);

        Assert.Equal(0, (await ShacacheProgram.RunAsync(_folder.Path, "binary", "install", "--for", "nothing", "-c", config, _url)).ExitCode);
        await AssertSameAsync();
    }

    [Fact]
    public async Task Install_ForSlapgrid_HasItsMark()
    {
        await BuildAsync("touch file");
        (await PublishAsync()).AssertDone();
        Assert.Equal(0, (await InstallAsync(site.Config, "--for", "slapgrid")).ExitCode);
        Assert.NotEqual(0, new FileInfo(Path.Combine(Installed, ".completed")).Length);
    }

    [Fact]
    public async Task Install_OwnerIsGiven_OwnsTheRelease()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "Only root can give files to others.");
        await BuildAsync("umask 027; mkdir d; chmod g+s d; touch d/file; chown -R games:games .");
        (await PublishAsync()).AssertDone();
        Assert.Equal(0, (await InstallAsync(site.Config)).ExitCode);
        await AssertSameAsync();
        Directory.Delete(Installed, recursive: true);
        Assert.Equal(0, (await InstallAsync(site.Config, "--owner", "daemon:daemon")).ExitCode);
        Assert.Equal("daemon daemon\n", (await ShacacheProgram.RunBashAsync(Installed, "find . -printf '%u %g\n' | sort -u")).AssertDone().Text);
    }

    [Fact]
    public async Task Install_NoRootAnywhere_Is78() =>
        (await ShacacheProgram.RunAsync(_folder.Path, "binary", "install", "-c", site.Config, _url)).AssertFails(
            78, "shacache: Option software_root of section [slapos] is not set; it, or a root given explicitly, says where software releases are.");

    /// <summary>A node calls that badly configured, and builds: whatever asks for the binary cache says so, and so does what explains it.</summary>
    [Theory]
    [InlineData("download-binary-cache-url", "download-binary-dir-url")]
    [InlineData("download-binary-dir-url", "download-binary-cache-url")]
    [InlineData("", "download-binary-dir-url")]
    public async Task Install_OneServerOrNone_Is78AndWhyAndCheckAgree(string present, string missing)
    {
        await BuildAsync("touch file");
        (await PublishAsync()).AssertDone();
        string config = WriteWithout($"{Key}-{present}.cfg", line => line.StartsWith("download-binary", StringComparison.Ordinal) && (present.Length == 0 || !line.StartsWith(present, StringComparison.Ordinal)));
        (await InstallAsync(config)).AssertFails(78, $"shacache: Option {missing} of section [networkcache] is not set; it is needed for this.");
        Assert.Empty(Directory.GetFileSystemEntries(_folder["install"]));

        ProgramResult why = await ShacacheProgram.RunAsync(_folder.Path, "why", "-c", config, "--root", "install", _url);
        Assert.Equal(3, why.ExitCode);
        Assert.Contains("binary cache: MISS: it is switched off: servers to download from are not configured\n", why.Text, StringComparison.Ordinal);
        ProgramResult check = await ShacacheProgram.RunAsync(_folder.Path, "config", "check", "-c", config, "--offline");
        Assert.Matches(present.Length == 0 ? "\nnote +binary cache +download +off\n" : $"\nfail +binary cache +download +off: {present} is set, but {missing} is not ", check.Text);
    }

    [Theory]
    [InlineData("upload-binary-cache-url")]
    [InlineData("upload-binary-dir-url")]
    public async Task Publish_OneServerOfTwo_Is78BeforeTheFolderIsPacked(string missing)
    {
        await BuildAsync("touch file");
        string config = WriteWithout($"{Key}-{missing}.cfg", line => line.StartsWith(missing, StringComparison.Ordinal));
        (await RunAsync("publish", config, "build")).AssertFails(78, $"shacache: Option {missing} of section [networkcache] is not set; it is needed for this.");
    }

    /// <summary>As slapgrid reads them: the key with underscores, and all of it in [slapos].</summary>
    [Theory]
    [InlineData("[networkcache]", "signature_private_key_file")]
    [InlineData("[slapos]", "signature_private_key_file")]
    [InlineData("[slapos]", "signature-private-key-file")]
    public async Task Publish_OptionsWhereSlapgridReadsThem_IsSigned(string section, string keyOption)
    {
        await BuildAsync("touch file");
        string config = _folder["slapgrid.cfg"];
        await File.WriteAllTextAsync(
            config,
            File.ReadAllText(site.Config).Replace("[networkcache]", section, StringComparison.Ordinal).Replace("signature-private-key-file", keyOption, StringComparison.Ordinal),
            TestContext.Current.CancellationToken);
        (await RunAsync("publish", config, "build")).AssertDone();
        Assert.Equal(0, (await InstallAsync(config)).ExitCode);
        await AssertSameAsync();
    }

    [Fact]
    public async Task Install_Killed_LeavesAllOrNothingAndTheNextOneCleansUp()
    {
        await BuildAsync("mkdir d; for i in $(seq 300); do echo $i > d/$i; done");
        File.WriteAllBytes(Path.Combine(Built, "random"), RandomNumberGenerator.GetBytes(24_000_000));
        (await PublishAsync()).AssertDone();
        // In the midst of it for sure, and then at any moment, which may be its end.
        await using (var proxy = new HoldingProxy(new Uri(site.BaseUrl), downBytes: 12_000_000))
        {
            string config = Path.Combine(_folder.Path, "held.cfg");
            string download = $"download-binary-cache-url = {site.BaseUrl}";
            File.WriteAllText(config, File.ReadAllText(site.Config).Replace(download, $"download-binary-cache-url = {proxy.Url}", StringComparison.Ordinal));
            using Process install = Start(config);
            await proxy.WaitUntilHeldAsync();
            await AssertKilledAsync(install);
            Assert.False(Directory.Exists(Installed));
        }

        for (int i = 0; i < 5; i++)
        {
            using Process install = Start(site.Config);
            await AssertKilledAsync(install);
            if (Directory.Exists(Installed))
            {
                await AssertSameAsync();
                Directory.Delete(Installed, recursive: true);
            }
        }

        Assert.Equal(0, (await InstallAsync(site.Config)).ExitCode);
        await AssertSameAsync();
        Assert.Equal([Installed], Directory.GetFileSystemEntries(_folder["install"]));
    }

    private string Key
    {
        get
        {
#pragma warning disable CA5351 // It names a software release.
            return Convert.ToHexStringLower(MD5.HashData(Encoding.UTF8.GetBytes(_url)));
#pragma warning restore CA5351
        }
    }

    /// <summary>Writes the configuration of the site without some of its lines.</summary>
    private string WriteWithout(string name, Func<string, bool> isLeftOut)
    {
        File.WriteAllLines(_folder[name], File.ReadLines(site.Config).Where(line => !isLeftOut(line)));
        return _folder[name];
    }

    private string Built => _folder["build", Key];

    private string Installed => _folder["install", Key];

    private Process Start(string config) =>
        Process.Start(ShacacheProgram.StartInfo(_folder.Path, ShacacheProgram.Path, Arguments("install", config, "install", ["--any-root"])))!;

    /// <summary>Kills an installation some time after it has put something on disk.</summary>
    private async Task AssertKilledAsync(Process install)
    {
        bool begun = await HasBegunAsync(install);
        await Task.Delay(RandomNumberGenerator.GetInt32(60));
        install.Kill();
        await install.WaitForExitAsync();
        Assert.True(begun);
    }

    /// <summary>Waits until something of a release is on disk, or the installation has ended.</summary>
    private async Task<bool> HasBegunAsync(Process install)
    {
        long start = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(start) < Limit)
        {
            try
            {
                if (Directory.GetDirectories(_folder["install"]).Any(path => Directory.EnumerateFileSystemEntries(path).Any()))
                    return true;
            }
            catch (DirectoryNotFoundException)
            {
                // What an earlier one left behind was removed, or it got its name, since it was listed.
            }

            if (install.HasExited)
                return Directory.Exists(Installed);
            await Task.Delay(1);
        }

        return false;
    }

    private async Task BuildAsync(string commands)
    {
        Directory.CreateDirectory(Built);
        Directory.CreateDirectory(_folder["install"]);
        (await ShacacheProgram.RunBashAsync(Built, commands)).AssertDone();
    }

    private Task<ProgramResult> PublishAsync(params string[] more)
    {
        Directory.CreateDirectory(_folder["build"]);
        return RunAsync("publish", site.Config, "build", more);
    }

    private Task<ProgramResult> InstallAsync(string config, params string[] more)
    {
        Directory.CreateDirectory(_folder["install"]);
        return RunAsync("install", config, "install", ["--any-root", .. more]);
    }

    private Task<ProgramResult> RunAsync(string command, string config, string root, params string[] more) =>
        ShacacheProgram.RunAsync(_folder.Path, Arguments(command, config, root, more));

    private string[] Arguments(string command, string config, string root, string[] more) =>
        ["binary", command, "-c", config, "--root", root, _url, .. more];

    /// <summary>Names, modes, owners, times, links and contents.</summary>
    private async Task AssertSameAsync()
    {
        const string Listing = "find . -printf '%P %y %m %u %g %T@ %n %l\\n' | LC_ALL=C sort";
        string built = (await ShacacheProgram.RunBashAsync(Built, Listing)).AssertDone().Text;
        Assert.Equal(built, (await ShacacheProgram.RunBashAsync(Installed, Listing)).AssertDone().Text);
        (await ShacacheProgram.RunBashAsync(_folder.Path, $"diff -r --no-dereference '{Built}' '{Installed}'")).AssertDone();
    }

    /// <summary>The line of an error, after any warnings.</summary>
    private static string LastLine(int exitCode, ProgramResult result)
    {
        Assert.Equal((exitCode, ""), (result.ExitCode, result.Text));
        string[] lines = result.Error.TrimEnd('\n').Split('\n');
        Assert.All(lines[..^1], line => Assert.StartsWith("shacache: warning: ", line, StringComparison.Ordinal));
        return lines[^1] + "\n";
    }
}
