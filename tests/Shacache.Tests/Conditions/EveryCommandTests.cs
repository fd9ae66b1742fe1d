using System.CommandLine;
using System.Security.Cryptography;
using System.Text;
using Shacache.Cli;
using Shacache.Cli.Running;
using Shacache.Testing;
using Shacache.Testing.PostgreSql;
using Shacache.Tests.Serving;

namespace Shacache.Tests.Conditions;

/// <summary>Each command once, with the native program: what it is compiled from has no reflection to fall back on.</summary>
/// <remarks>A new command needs a step here. The steps build on each other; what the commands do in all cases is tested with the program that the build makes.</remarks>
[Trait("Program", "native")]
public sealed class EveryCommandTests : IDisposable
{
    private const string Url = "https://example.org/foo-1.2.tar.gz";
    private const string Release = "https://example.org/software/foo/software.cfg";

    // The MD5 of the URL.
    private const string ReleaseFolder = "353c365a1adce77cceada83e53c885f4";
    private static readonly string Content = new('c', 100_000);
    private static readonly string Digest = Convert.ToHexStringLower(SHA512.HashData(Encoding.ASCII.GetBytes(Content)));

    private readonly TemporaryFolder _folder = new();

    // These have tests of their own, or are what the others ask.
    private readonly HashSet<string> _done = ["serve", "admin migrate"];

    public EveryCommandTests() => ShacacheProgram.RequireNative();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Run_EveryCommandOfTheDefinition_Works()
    {
        using (ServerProcess server = await ServeAsync("data"))
        {
            await DoAsync("health", "ok", "--url", BaseOf(server));
            await DoAsync("generate-signature-key", "signature.cert", "--key-file", "signature.key", "--certificate-file", "signature.cert", "--common-name", "builder", "--bits", "2048");
            WriteConfiguration(BaseOf(server));
            await TransferAsync();
            await CarryBundleAsync();
            await AdministerAsync();
            using ServerProcess proxy = await ServeAsync("proxy", "--upstream", $"{BaseOf(server)}/shacache {BaseOf(server)}/shadir");
            await DoAsync("mirror pull", "", "--data", "proxy", "--prefix", "my:");
            await DoAsync("mirror refresh", "", "--data", "proxy");
            await DoAsync("mirror queue", "", "--data", "proxy");
            await DoAsync("admin forget", 3, "--data", "proxy", Url);
            await AskAboutRemotesAsync(BaseOf(server));
        }

        await DoAsync("admin reindex", "indexed", "--data", "data");
        await KeepAccountsAsync();
        await DoAsync("completion", "complete -", "bash");

        Assert.Equal(Leaves(CommandLine.CreateRoot(), "").Order(StringComparer.Ordinal), _done.Order(StringComparer.Ordinal));
    }

    /// <summary>Apart, since without PostgreSQL it alone cannot be tried.</summary>
    [Fact]
    public async Task Run_Migrate_Works()
    {
        PostgreSqlServer.Require();
        using (await ServeAsync("data"))
            await DoAsync("admin pin", "my:2", "--key", "my:2");
        PostgreSqlServer server = await PostgreSqlServer.Shared;
        string database = await server.CreateDatabaseAsync();
        await DoAsync("admin migrate", "nothing is left", "--from", "data", "--database", server.UriOf(database));
        await server.DropDatabaseAsync(database);
    }

    private async Task TransferAsync()
    {
        await File.WriteAllTextAsync(_folder["content"], Content, TestContext.Current.CancellationToken);
        await DoAsync("upload", "", "-c", "slapos.cfg", "-f", "content", "-u", Url);
        await DoAsync("upload", "", "-c", "slapos.cfg", "-f", "content", "-k", "my:2");
        await DoAsync("download", Content, "-c", "slapos.cfg", "-k", "my:2");
        await DoAsync("fetch", Content, "-c", "slapos.cfg", "--offline", Url);
        await DoAsync("verify", "trusted", "-c", "slapos.cfg", "-k", "my:2");
        await DoAsync("why", "", "-c", "slapos.cfg", Url);
        await DoAsync("config check", "", "-c", "slapos.cfg");
        await DoAsync("lookup url", Digest[..8], "-c", "slapos.cfg", Url);
        await DoAsync("lookup key", Digest[..8], "-c", "slapos.cfg", "my:2");
        await DoAsync("lookup pypi", 3, "-c", "slapos.cfg", "setuptools", "44.1.1");
        string built = _folder["root", ReleaseFolder];
        Directory.CreateDirectory(built);
        await File.WriteAllTextAsync(Path.Combine(built, "file"), Content, TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(Path.Combine(built, ".completed"), "", TestContext.Current.CancellationToken);
        await DoAsync("binary check", "", built);
        await DoAsync("binary publish", "", "-c", "slapos.cfg", "--root", _folder["root"], Release);
        Directory.Delete(built, recursive: true);
        await DoAsync("binary install", "", "-c", "slapos.cfg", "--root", _folder["root"], Release);
        Assert.Equal(Content, await File.ReadAllTextAsync(Path.Combine(built, "file"), TestContext.Current.CancellationToken));
        await DoAsync("lookup binary-sr", "", "-c", "slapos.cfg", Release);
    }

    private async Task CarryBundleAsync()
    {
        await File.WriteAllTextAsync(_folder["keys.txt"], "my:2\n", TestContext.Current.CancellationToken);
        await DoAsync("bundle export", "", "-c", "slapos.cfg", "--keys", "keys.txt", "site.bundle");
        await DoAsync("bundle import", "", "-c", "slapos.cfg", "site.bundle");
    }

    private async Task AdministerAsync()
    {
        await DoAsync("admin status", "ok");
        await DoAsync("admin pin", "my:2", "--key", "my:2");
        await DoAsync("admin pins", "my:2");
        await DoAsync("admin unpin", "my:2", "--key", "my:2");
        await DoAsync("admin block", Digest[..8], "--digest", Digest);
        await DoAsync("admin blocked", Digest[..8]);
        await DoAsync("admin unblock", Digest[..8], "--digest", Digest);
        await DoAsync("admin savings", "");
        await DoAsync("admin top", "");
        await DoAsync("admin gc", "");
        await DoAsync("admin scrub", " 0 damaged", "--now");
        await DoAsync("admin check", "right");
        await DoAsync("admin backup", "backup", "backup");
        await DoAsync("admin restore", "restored", "backup", "--data", "restored");
        await DoAsync("admin remove", 3, "--key", "my:3");
    }

    /// <summary>With the server itself as the origin, which has nothing at its root.</summary>
    private async Task AskAboutRemotesAsync(string url)
    {
        await File.WriteAllTextAsync(_folder["remotes.ini"], $"gateway-allow-private = true\n[remote releases]\ntype = files\nurl = {url}/shacache/\n", TestContext.Current.CancellationToken);
        using ServerProcess server = await ServeAsync("remotes", "--config", _folder["remotes.ini"]);
        await DoAsync("remote list", "releases", "--data", "remotes");
        await DoAsync("remote check", "ok", "--data", "remotes");
        await File.WriteAllTextAsync(_folder["urls.txt"], $"{url}/shacache/{Digest}\n", TestContext.Current.CancellationToken);
        await DoAsync("remote prefetch", "\"fetched\": 1", "--data", "remotes", "--json", "urls.txt");
        await DoAsync("remote forget", "Forgotten", "--data", "remotes", $"{url}/shacache/{Digest}");
    }

    private async Task KeepAccountsAsync()
    {
        await DoAsync("account init", "ca.crt", "--data", "site", "--server-name", "127.0.0.1");
        using ServerProcess server = await ServeAsync("site");
        await DoAsync("account request", "build-1", "--name", "build-1", "--url", BaseOf(server));
        await DoAsync("account approve", "build-1", "build-1", "--data", "site", "--upload");
        await DoAsync("account fetch", "build-1", "--name", "build-1", "--url", BaseOf(server));
        await DoAsync("account list", "build-1", "--data", "site");
        await DoAsync("account rights", "upload", "build-1", "--data", "site");
        await DoAsync("account token", "Token", "build-1", "--data", "site");
        await DoAsync("account log", "build-1", "--data", "site");
        await DoAsync("account renew", "", "--name", "build-1", "--url", BaseOf(server), "--within", "1d");
        await DoAsync("account reject", 3, "nobody", "--data", "site");
        await DoAsync("account revoke", "build-1", "build-1", "--data", "site");
    }

    /// <summary>Runs a command, whose result must hold a text, and counts it as done.</summary>
    private Task DoAsync(string command, string result, params string[] arguments) => DoAsync(command, 0, result, arguments);

    private Task DoAsync(string command, int exitCode, params string[] arguments) => DoAsync(command, exitCode, "", arguments);

    private async Task DoAsync(string command, int exitCode, string result, string[] arguments)
    {
        ProgramResult ended = await ShacacheProgram.RunAsync(_folder.Path, [.. command.Split(' '), .. arguments]);
        Assert.True(
            ended.ExitCode == exitCode && ended.Text.Contains(result, StringComparison.Ordinal) && !ended.Error.Contains("   at ", StringComparison.Ordinal),
            $"{command} ended with {ended.ExitCode}:\n{ended.Text}\n{ended.Error}");
        _done.Add(command);
    }

    private Task<ServerProcess> ServeAsync(string data, params string[] options) =>
        ServerProcess.StartAsync(["serve", "--data", _folder[data], "--listen", "http://127.0.0.1:0", .. options]);

    private static string BaseOf(ServerProcess server) => server.Url.GetLeftPart(UriPartial.Authority);

    private void WriteConfiguration(string url) => File.WriteAllText(_folder["slapos.cfg"], $"""
        [networkcache]
        download-cache-url = {url}/shacache
        download-dir-url = {url}/shadir
        upload-cache-url = {url}/shacache
        upload-dir-url = {url}/shadir
        download-binary-cache-url = {url}/shacache
        download-binary-dir-url = {url}/shadir
        upload-binary-cache-url = {url}/shacache
        upload-binary-dir-url = {url}/shadir
        signature-private-key-file = {_folder["signature.key"]}
        signature-certificate-list =
          {File.ReadAllText(_folder["signature.cert"]).ReplaceLineEndings("\n  ")}
        """);

    private static IEnumerable<string> Leaves(Command parent, string path) => parent.Subcommands.Where(command => !command.Hidden)
        .SelectMany(command => command.Subcommands.Count > 0 ? Leaves(command, $"{path}{command.Name} ") : [$"{path}{command.Name}"]);
}
