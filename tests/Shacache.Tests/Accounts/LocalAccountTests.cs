using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using Shacache.Cli.Running;
using Shacache.Cli.Serving.Storage;
using Shacache.Testing;
using Shacache.Tests.Serving;

namespace Shacache.Cli.Accounts;

/// <summary>The operator's commands on a data folder while no server runs, and what is refused.</summary>
public sealed class LocalAccountTests : IDisposable
{
    private static readonly string Authority = NewAuthority();

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Init_NewFolder_MakesAnAuthorityThatIsNeverOverwritten()
    {
        JsonElement made = await JsonAsync("account", "init", "--name", "Site", "--server-name", "cache.example", "--server-name", "192.0.2.7");
        string key = await File.ReadAllTextAsync(_folder["data", "ca", "ca.key"], Token);
        string tlsKey = await File.ReadAllTextAsync(_folder["data", "tls", "server.key"], Token);
        string tls = await File.ReadAllTextAsync(_folder["data", "tls", "server.crt"], Token);
        Assert.Equal(("Site", true), (made.GetProperty("ca_name").GetString(), made.GetProperty("ca_made").GetBoolean()));
        Assert.Equal(_folder["data", "ca", "ca.crt"], made.GetProperty("ca_certificate_file").GetString());
        foreach (string path in new[] { _folder["data", "ca", "ca.key"], _folder["data", "tls", "server.key"] })
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(path));
        using (var certificate = X509Certificate2.CreateFromPem(tls, tlsKey))
        {
            Assert.True(certificate.MatchesHostname("cache.example"));
            Assert.True(certificate.MatchesHostname("192.0.2.7"));
            Assert.Equal("CN=Site", certificate.Issuer);
        }

        (await RunAsync("account", "init")).AssertFails(
            1, $"shacache: there is an authority already, {_folder["data", "ca", "ca.crt"]}; it is never overwritten. Nothing was made.");
        Assert.False((await JsonAsync("account", "init", "--server-name", "other.example")).GetProperty("ca_made").GetBoolean());
        Assert.Equal(key, await File.ReadAllTextAsync(_folder["data", "ca", "ca.key"], Token));
        Assert.Equal(tlsKey, await File.ReadAllTextAsync(_folder["data", "tls", "server.key"], Token));
        using var renewed = X509Certificate2.CreateFromPem(await File.ReadAllTextAsync(_folder["data", "tls", "server.crt"], Token), tlsKey);
        Assert.True(renewed.MatchesHostname("other.example"));
    }

    [Fact]
    public async Task Init_NameThatIsNone_MakesNothing()
    {
        ProgramResult result = await RunAsync("account", "init", "--server-name", "https://cache.example");
        result.AssertFails(
            2, "shacache: 'https://cache.example' is neither a host name nor an IP address. Nothing was made.\nTry 'shacache account init --help'.");
        Assert.False(Directory.Exists(_folder["data"]));
    }

    [Fact]
    public async Task NoServer_RequestAsAFile_IsApprovedRevokedAndRecorded()
    {
        (await RunAsync("account", "init")).AssertDone();
        JsonElement request = await JsonAsync("account", "request", "--name", "Build-1");
        Assert.Equal("build-1", request.GetProperty("name").GetString());
        Assert.Equal(_folder["build-1.csr"], request.GetProperty("request_file").GetString());

        (await RunAsync("account", "approve", "build-1", "--csr", "build-1.csr", "--fingerprint", "00000000")).AssertFails(
            1, $"shacache: build-1.csr has the fingerprint {request.GetProperty("spoken").GetString()}, which is not the one that --fingerprint gives. Nothing was approved.");
        JsonElement account = await JsonAsync(
            "account", "approve", "build-1", "--csr", "build-1.csr", "--output", "build-1.crt", "--fingerprint", request.GetProperty("spoken").GetString()!);
        JsonElement rights = account.GetProperty("rights");
        Assert.Equal((true, false), (rights.GetProperty("upload").GetBoolean(), rights.GetProperty("administer").GetBoolean()));
        Assert.Equal([""], rights.GetProperty("index").EnumerateArray().Select(prefix => prefix.GetString()));
        using (X509Certificate2 certificate = X509Certificate2.CreateFromPemFile(_folder["build-1.crt"], _folder["build-1.key"]))
            Assert.Equal("CN=build-1", certificate.Subject);

        (await RunAsync("account", "token", "build-1", "--output", "token")).AssertDone();
        (await RunAsync("account", "revoke", "build-1")).AssertDone();
        ProgramResult list = (await RunAsync("account", "list", "--all")).AssertDone();
        Assert.Matches("\nbuild-1  revoked [0-9-]{10}  upload, index  any ", list.Text);
        Assert.Matches("\nbuild-1  token .* revoked [0-9-]{10}\n", list.Text);
        Assert.Equal(
            ["revoke", "add-token", "approve", "request"],
            (await JsonAsync("account", "log")).EnumerateArray().Select(line => line.GetProperty("action").GetString()));
        Assert.Equal(
            ["request"], (await JsonAsync("account", "log", "--action", "request", "--since", "1h")).EnumerateArray().Select(line => line.GetProperty("action").GetString()));
        Assert.Empty((await JsonAsync("account", "log", "--since", "2999-01-01")).EnumerateArray());
        Assert.False(Path.Exists(_folder["data", "admin.sock"]));
    }

    [Fact]
    public async Task AuthorityElsewhere_ApproveWithItsFolder_IssuesTheCertificate()
    {
        (await RunAsync("account", "init", "--ca-folder", "vault")).AssertDone();
        Assert.False(Directory.Exists(_folder["data", "ca"]));
        Directory.CreateDirectory(_folder["data", "ca"]);
        File.Copy(_folder["vault", "ca.crt"], _folder["data", "ca", "ca.crt"]);
        (await RunAsync("account", "request", "--name", "far")).AssertDone();

        ProgramResult without = await RunAsync("account", "approve", "far", "--csr", "far.csr");
        Assert.Equal(1, without.ExitCode);
        Assert.EndsWith(" --ca-folder names the folder where it is.\n", without.Error, StringComparison.Ordinal);
        (await RunAsync("account", "approve", "far", "--ca-folder", "vault", "--days", "20", "--output", "far.crt")).AssertDone();

        using X509Certificate2 certificate = X509Certificate2.CreateFromPem(await File.ReadAllTextAsync(_folder["far.crt"], Token));
        Assert.InRange(certificate.NotAfter, DateTime.Now.AddDays(19), DateTime.Now.AddDays(21));
    }

    [Fact]
    public async Task NoServer_NoAuthorityOrNoFolder_SaysWhatToDo()
    {
        (await RunAsync("account", "list")).AssertFails(
            1, $"shacache: there is no data folder {_folder["data"]}; name it with --data, or a server elsewhere with --url.");
        Directory.CreateDirectory(_folder["data"]);
        (await RunAsync("account", "list")).AssertFails(
            1,
            $"shacache: there is no certificate authority {_folder["data", "ca", "ca.crt"]}, hence no accounts; make it with 'shacache account init'. " +
            "If the server has it elsewhere (account-ca), name the server's file with --config.");
        // Nothing was made of it.
        Assert.False(File.Exists(_folder["data", "shacache.sqlite"]));
    }

    [Fact]
    public async Task KilledServer_LeavesItsSocketBehind_WhichIsNoHindrance()
    {
        (await RunAsync("account", "init")).AssertDone();
        using (await ServerProcess.StartAsync("serve", "--data", _folder["data"], "--listen", "http://127.0.0.1:0"))
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(_folder["data", "admin.sock"]));
            (await RunAsync("account", "rights", "a", "--upload")).AssertDone();
        }

        Assert.True(Path.Exists(_folder["data", "admin.sock"]));
        Assert.Equal("a may: upload.\n", (await RunAsync("account", "rights", "a")).AssertDone().Text);
    }

    [Fact]
    public async Task FolderInUseWithoutASocket_SaysByWhomAndWhatToDo()
    {
        (await RunAsync("account", "init")).AssertDone();
        using DataFolderLock held = DataFolderLock.Acquire(_folder["data"]);
        (await RunAsync("account", "list")).AssertFails(
            1,
            $"shacache: the data folder {_folder["data"]} is in use by process {Environment.ProcessId}; stop that one, or name another folder with --data. " +
            "It has no socket for commands: its log says why. --url reaches it all the same.");
    }

    [Theory]
    [InlineData("account approve", "2")]
    [InlineData("account approve 'a b'", "2")]
    [InlineData("account approve a --quota 10GB --upload", "2")]
    [InlineData("account approve a --quota 10GiB", "2")]
    [InlineData("account approve a --fingerprint 12", "2")]
    [InlineData("account rights a --none --upload", "2")]
    [InlineData("account token a --expires 12h", "2")]
    [InlineData("account token a --list --revoke x", "2")]
    [InlineData("account token a --list --output x", "2")]
    [InlineData("account log --since yesterday", "2")]
    [InlineData("account log --action deleted", "2")]
    [InlineData("account list --cert x", "2")]
    [InlineData("account list --url ftp://x", "2")]
    [InlineData("account list --url https://127.0.0.1:1 --data data", "2")]
    [InlineData("account list --url https://127.0.0.1:1 --cert x --token-file y", "2")]
    [InlineData("account list --url http://cache.example --token-file data/ca/ca.crt", "78")]
    [InlineData("account request --name a --ca x", "2")]
    [InlineData("account request --name a --url https://127.0.0.1:1 --csr x", "2")]
    [InlineData("account fetch --name a", "2")]
    [InlineData("account fetch --name a --url https://127.0.0.1:1", "1")]
    [InlineData("account renew --name a --url https://127.0.0.1:1 --within soon", "2")]
    [InlineData("account revoke unknown", "3")]
    [InlineData("account revoke unknown --certificate 1234567890", "3")]
    [InlineData("account token unknown --list", "3")]
    [InlineData("account token unknown --revoke x", "3")]
    [InlineData("account approve unknown --output no/where.crt", "1")]
    [InlineData("account token unknown --output no/where", "1")]
    [InlineData("account token unknown", "3")]
    [InlineData("account rights unknown", "3")]
    [InlineData("account list unknown", "3")]
    [InlineData("account approve unknown", "3")]
    [InlineData("account reject unknown", "3")]
    public async Task Run_WhatCannotBe_IsRefusedInTwoLinesAtMost(string line, string exitCode)
    {
        Directory.CreateDirectory(_folder["data", "ca"]);
        File.WriteAllText(_folder["data", "ca", "ca.crt"], Authority);

        ProgramResult result = await ShacacheProgram.RunBashAsync(_folder.Path, $"$SHACACHE {line}");

        Assert.Equal(exitCode, $"{result.ExitCode}");
        Assert.Equal("", result.Text);
        Assert.InRange(result.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length, 1, 2);
        Assert.StartsWith("shacache: ", result.Error, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(_folder.Path));
    }

    [Fact]
    public async Task Request_SomethingElseInItsPlace_IsLeftAlone()
    {
        File.WriteAllText(_folder["a.csr"], "precious");
        ProgramResult request = await RunAsync("account", "request", "--name", "a");
        request.AssertFails(1, "shacache: a.csr exists, and is no request of this key; it is not overwritten. Name another file with --csr.");
        Assert.Equal("precious", await File.ReadAllTextAsync(_folder["a.csr"], Token));
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static string NewAuthority()
    {
        using var authority = Core.Accounts.CertificateAuthority.Create("Test", TimeProvider.System);
        return authority.Certificate.ExportCertificatePem();
    }

    private Task<ProgramResult> RunAsync(params string[] arguments) => ShacacheProgram.RunAsync(_folder.Path, arguments);

    private async Task<JsonElement> JsonAsync(params string[] arguments) =>
        JsonDocument.Parse((await RunAsync([.. arguments, "--json"])).AssertDone().Output).RootElement;
}
