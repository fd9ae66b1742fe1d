using System.CommandLine;
using System.Net;
using System.Text;
using Shacache.Cli.Running;
using Shacache.Tests.Moving;
using Shacache.Tests.Serving;

namespace Shacache.Cli.Administration;

/// <summary>The operator's commands where content is in a real Ceph and all else in a real PostgreSQL: on a machine without a node, and beside one.</summary>
public sealed class StoresElsewhereTests : IAsyncLifetime
{
    private static readonly byte[] Content = Encoding.ASCII.GetBytes("content that is elsewhere");
    private static readonly string Digest = Core.Blobs.Digest.Compute(Content).ToString();

    // They open no stores: the first three are for those who upload, and the last one makes a new folder.
    private static readonly string[] WithoutStores = ["account request", "account fetch", "account renew", "admin restore"];

    private readonly HashSet<string> _done = [];
    private MoveSite _site = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _site = await MoveSite.StartAsync();

    public async ValueTask DisposeAsync()
    {
        if (_site is not null)
            await _site.DisposeAsync();
    }

    /// <summary>With a file that also has what is another machine's business, such as the certificate that it listens with.</summary>
    [Fact]
    public async Task Run_NoServerAndNoDataFolder_EveryCommandWorksByTheConfigurationAlone()
    {
        WriteConfiguration("listen = https://0.0.0.0:8443", "tls-certificate = /nowhere/tls.pem", "upstream = https://nowhere.example/shacache https://nowhere.example/shadir");
        await DoAsync("account init", 0, "ca.pem", "--name", "Site");
        Assert.True(File.Exists(_site.PathOf("ca.pem")) && File.Exists(_site.PathOf("ca.key")));
        using (ServerProcess node = await _site.ServeAsync("other", [.. _site.Both, "--account-ca", _site.PathOf("ca.pem"), "--allow-anonymous-upload"]))
            await UploadAsync(node);

        (await _site.RunAsync("account", "request", "--name", "build-1")).AssertDone();
        await DoAsync("account approve", 0, "build-1", "build-1", "--csr", "build-1.csr");
        await DoAsync("account list", 0, "build-1");
        await DoAsync("account rights", 0, "index", "build-1");
        await DoAsync("account token", 0, "Token", "build-1");
        await DoAsync("account reject", 3, "", "nobody");
        await DoAsync("account revoke", 0, "build-1", "build-1");
        await DoAsync("account log", 0, "revoke");

        await DoAsync("admin status", 0, "not running");
        await DoAsync("admin pin", 0, "my:1", "--key", "my:1");
        await DoAsync("admin pins", 0, "my:1");
        await DoAsync("admin unpin", 0, "my:1", "--key", "my:1");
        await DoAsync("admin block", 0, Digest, "--digest", Digest);
        await DoAsync("admin blocked", 0, Digest);
        await DoAsync("admin unblock", 0, Digest, "--digest", Digest);
        await DoAsync("admin savings", 0, "since");
        await DoAsync("admin gc", 0, "abandoned-uploads");
        await DoAsync("admin reindex", 0, "1 object of 25 bytes");
        await DoAsync("admin top", 0, Digest[..8]);
        await DoAsync("admin scrub", 0, "1 object of 25 B compared: 0 damaged", "--now");
        await DoAsync("admin check", 0, "right");
        await DoAsync("admin backup", 1, "which a backup of the data folder does not hold", "backup");
        await DoAsync("admin forget", 3, "Nothing was known", "https://example.org/file");
        await DoAsync("admin remove", 0, "1 object", "--digest", Digest);
        Assert.Empty(await _site.ListBucketAsync());
        await DoAsync("admin migrate", 1, "there is no data folder", "--from", "none");

        Assert.Equal(OperatorCommands().Select(found => found.Path).Order(StringComparer.Ordinal), _done.Order(StringComparer.Ordinal));
    }

    /// <summary>What is not there yet, or is something else, is left as it is.</summary>
    [Fact]
    public async Task Run_SettingsInstead_WorkToo_AndLeaveNothing()
    {
        Directory.CreateDirectory(_site.PathOf("something"));
        await File.WriteAllTextAsync(_site.PathOf("something", "file"), "", Token);
        foreach (string data in new[] { "something", "none" })
        {
            ProgramResult pinned = await _site.RunAsync(["admin", "pin", "--key", data, "--data", data, .. _site.Both]);
            Assert.Equal((0, $"Pinned: {data}.\n"), (pinned.ExitCode, pinned.Text));
        }

        Assert.Equal("2", await _site.AskDatabaseAsync("SELECT count(*) FROM shacache.rules"));
        Assert.Equal([_site.PathOf("something", "file")], Directory.GetFileSystemEntries(_site.PathOf("something")));
        Assert.False(Directory.Exists(_site.PathOf("none")));
        (await _site.RunAsync(["admin", "pins", "--url", "http://127.0.0.1:1", .. _site.Rows])).AssertFails(2, "shacache: give --database or --url, not both.\nTry 'shacache admin pins --help'.");
    }

    /// <summary>The folder is named by the file, and the server that runs on it has its own settings.</summary>
    [Fact]
    public async Task Run_AServerRunsOnTheFolder_ItIsAsked()
    {
        WriteConfiguration("database-password-file = /dev/null");
        using ServerProcess embedded = await _site.ServeAsync("node");
        await UploadAsync(embedded);
        foreach (string[] command in new string[][] { ["admin", "status"], ["mirror", "queue"], ["admin", "pin", "--digest", Digest] })
        {
            ProgramResult result = await _site.RunAsync([.. command, "--config", "nodes.conf"]);
            Assert.True(result.ExitCode == 0, result.Error);
        }

        Assert.Contains("up for", (await _site.RunAsync("admin", "status", "--config", "nodes.conf")).Text, StringComparison.Ordinal);
        Assert.Contains(Digest, (await _site.RunAsync("admin", "pins", "--data", "node")).Text, StringComparison.Ordinal);
        Assert.Equal("f", await _site.AskDatabaseAsync("SELECT to_regclass('shacache.rules') IS NOT NULL"));
    }

    /// <summary>None of them can be forgotten: they are found by the definition.</summary>
    [Fact]
    public void Options_OfEveryCommandOfAnOperator_NameTheStores()
    {
        foreach ((string path, Command command) in OperatorCommands())
        {
            Assert.True(command.Options.Any(option => option.Name == "--config"), $"{path} has no --config");
            if (path != "account init")
                Assert.True(new[] { "--content", "--s3-endpoint", "--database" }.All(name => command.Options.Any(option => option.Name == name)), $"{path} does not take the settings");
        }
    }

    private static IEnumerable<(string Path, Command Command)> OperatorCommands() => CommandLine.CreateRoot().Subcommands
        .Where(group => group.Name is "admin" or "account")
        .SelectMany(group => group.Subcommands.Select(command => ($"{group.Name} {command.Name}", command)))
        .Where(found => !WithoutStores.Contains(found.Item1));

    private void WriteConfiguration(params string[] more) => File.WriteAllLines(
        _site.PathOf("nodes.conf"),
        [$"data = {_site.PathOf("node")}", $"account-ca = {_site.PathOf("ca.pem")}", .. _site.Both.Chunk(2).Select(setting => $"{setting[0].TrimStart('-')} = {setting[1]}"), .. more]);

    private async Task DoAsync(string command, int exitCode, string result, params string[] arguments)
    {
        ProgramResult ended = await _site.RunAsync([.. command.Split(' '), "--config", "nodes.conf", .. arguments]);
        Assert.True(
            ended.ExitCode == exitCode && (ended.Text + ended.Error).Contains(result, StringComparison.Ordinal) && !ended.Error.Contains("   at ", StringComparison.Ordinal),
            $"{command} ended with {ended.ExitCode}:\n{ended.Text}\n{ended.Error}");
        Assert.False(Directory.Exists(_site.PathOf("node")), command);
        _done.Add(command);
    }

    private static async Task UploadAsync(ServerProcess server)
    {
        using var http = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(server.Url, "/shacache")) { Content = new ByteArrayContent(Content) };
        using HttpResponseMessage answer = await http.SendAsync(request, Token);
        Assert.Equal(HttpStatusCode.Created, answer.StatusCode);
    }
}
