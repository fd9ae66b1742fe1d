using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using Shacache.Cli.Running;
using Shacache.Core.Blobs;
using Shacache.Testing;
using Shacache.Testing.Blobs;
using Shacache.Testing.Ceph;
using Shacache.Testing.PostgreSql;
using Shacache.Tests.Serving;

namespace Shacache.Tests.Tier;

/// <summary>Nodes as processes of their own, over a real Ceph and a real PostgreSQL, from which they can be cut off.</summary>
public sealed class NodesTests : IAsyncLifetime
{
    private const string Key = "/shadir/file-urlmd5:0123456789abcdef0123456789abcdef";

    private readonly TemporaryFolder _folder = new();
    private readonly HttpClient _http = new() { Timeout = TimeSpan.FromSeconds(60) };
    private readonly string _prefix = Guid.NewGuid().ToString("N");
    private PostgreSqlServer _postgreSql = null!;
    private CephServer _ceph = null!;
    private string _database = "";
    private RelayPort _toCeph = null!;
    private RelayPort _toPostgreSql = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        PostgreSqlServer.Require();
        CephServer.Require();
        _postgreSql = await PostgreSqlServer.Shared;
        _ceph = await CephServer.Shared;
        _database = await _postgreSql.CreateDatabaseAsync();
        _toCeph = new RelayPort(new IPEndPoint(IPAddress.Loopback, _ceph.Port));
        _toPostgreSql = new RelayPort(new UnixDomainSocketEndPoint(Path.Join(_postgreSql.SocketFolder, ".s.PGSQL.5432")));
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        if (_toCeph is not null)
            await _toCeph.DisposeAsync();
        if (_toPostgreSql is not null)
            await _toPostgreSql.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task Serve_RemovedOnOneNode_IsGoneFromMemoryAndTierOfTheOther_AlsoOfOneThatWasCutOff()
    {
        using ServerProcess one = await StartAsync("one", isCutOff: false);
        using ServerProcess other = await StartAsync("other", isCutOff: true);
        string small = await UploadAsync(one, 1000, 1);
        string large = await UploadAsync(one, 200_000, 2);
        string missed = await UploadAsync(one, 200_000, 3);
        string alsoMissed = await UploadAsync(one, 1000, 4);
        string listed = await UploadAsync(one, 1000, 5);
        Assert.Equal(HttpStatusCode.Created, (await SendAsync(HttpMethod.Put, one, Key, Encoding.UTF8.GetBytes($$"""["{\"sha512\": \"{{Path.GetFileName(listed)}}\"}",""]"""))).StatusCode);
        foreach (string path in new[] { small, large, missed, alsoMissed })
            await ReadUntilKeptAsync(other, path);

        foreach (string path in new[] { small, large })
        {
            await RemoveAsync(path, path == large ? ["--block"] : []);
            long removed = Stopwatch.GetTimestamp();
            Assert.Equal(HttpStatusCode.NotFound, await StatusAsync(HttpMethod.Get, one, path));
            await Eventually.IsTrueAsync(async () => await StatusAsync(HttpMethod.Get, other, path) == HttpStatusCode.NotFound);
            Tell("removed here, gone there", removed);
        }

        _toPostgreSql.Cut();
        await Eventually.IsTrueAsync(async () => await StatusAsync(HttpMethod.Get, other, "/healthz") == HttpStatusCode.ServiceUnavailable);
        foreach (string path in new[] { missed, alsoMissed })
        {
            await RemoveAsync(path);
            Assert.Equal(HttpStatusCode.OK, await StatusAsync(HttpMethod.Get, other, path));
        }

        // From its first answer out of the database on, it serves nothing of what it missed.
        _toPostgreSql.Mend();
        long mended = Stopwatch.GetTimestamp();
        await Eventually.IsTrueAsync(async () => await StatusAsync(HttpMethod.Get, other, Key) == HttpStatusCode.OK);
        Tell("the way to PostgreSQL mended, connected again", mended);
        foreach (string path in new[] { missed, alsoMissed })
            Assert.Equal(HttpStatusCode.NotFound, await StatusAsync(HttpMethod.Get, other, path));
    }

    [Fact]
    public async Task Serve_EnginesAway_WhatWasReadIsServed_AlsoAfterARestart_AndAllGoesOnWhenTheyAreBack()
    {
        ServerProcess node = await StartAsync("node", isCutOff: true);
        try
        {
            string blocked = await UploadAsync(node, 200_000, 1);
            string kept = await UploadAsync(node, 200_000, 2);
            string cold = await UploadAsync(node, 200_000, 3);
            foreach (string path in new[] { blocked, kept })
                await ReadUntilKeptAsync(node, path);
            ProgramResult result = await ShacacheProgram.RunAsync(_folder.Path, "admin", "block", "--digest", Path.GetFileName(blocked), "--data", _folder["node"]);
            Assert.Equal(0, result.ExitCode);

            // It is told of its own doings, too; only then they are known to the next process.
            await Eventually.IsTrueAsync(async () =>
                (await File.ReadAllTextAsync(_folder["node", "local-cache", "known.json"], Token)).Contains(Path.GetFileName(blocked), StringComparison.Ordinal));

            _toPostgreSql.Cut();
            _toCeph.Cut();
            await AssertCutOffAsync(node, kept, cold, blocked);

            await node.TerminateAsync();
            Assert.Equal(0, await node.WaitForExitAsync());
            node.Dispose();
            node = await StartAsync("node", isCutOff: true);
            await AssertCutOffAsync(node, kept, cold, blocked);

            _toPostgreSql.Mend();
            _toCeph.Mend();
            await Eventually.IsTrueAsync(async () => await StatusAsync(HttpMethod.Get, node, "/healthz") == HttpStatusCode.OK);
            await Eventually.IsTrueAsync(async () => await StatusAsync(HttpMethod.Get, node, cold) == HttpStatusCode.OK);
            Assert.Equal(HttpStatusCode.NotFound, await StatusAsync(HttpMethod.Get, node, blocked));
            await UploadAsync(node, 1000, 4);
        }
        finally
        {
            node.Dispose();
        }
    }

    [Fact]
    public async Task Serve_RevokedOnOneNode_IsRefusedByTheNextRequestToTheOther()
    {
        await CommandAsync("account", "init", "--ca-folder", "vault");
        string[] accounts = ["--account-ca", _folder["vault", "ca.crt"], "--account-ca-key", _folder["vault", "ca.key"]];
        using ServerProcess one = await StartAsync("one", isCutOff: false, accounts);
        using ServerProcess other = await StartAsync("other", isCutOff: false, accounts);
        await CommandAsync("account", "request", "--name", "build-1");
        await CommandAsync("account", "approve", "build-1", "--csr", "build-1.csr", "--data", _folder["one"]);
        await CommandAsync("account", "token", "build-1", "--output", "token", "--data", _folder["one"]);
        string token = (await File.ReadAllTextAsync(_folder["token"], Token)).Trim();
        for (byte upload = 0; upload < 5; upload++)
        {
            Assert.Equal(HttpStatusCode.Created, await UploadAsync(one, [upload, 1]));
            Assert.Equal(HttpStatusCode.Created, await UploadAsync(other, [upload, 2]));
        }

        await CommandAsync("account", "revoke", "build-1", "--data", _folder["one"]);

        Assert.Equal(HttpStatusCode.Unauthorized, await UploadAsync(other, [3, 3]));
        Assert.Equal(HttpStatusCode.Unauthorized, await UploadAsync(one, [3, 3]));

        async Task<HttpStatusCode> UploadAsync(ServerProcess node, byte[] content)
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(node.Url, "/shacache")) { Content = new ByteArrayContent(content) };
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
            using HttpResponseMessage answer = await _http.SendAsync(request, Token);
            return answer.StatusCode;
        }
    }

    private static void Tell(string what, long began) =>
        TestContext.Current.SendDiagnosticMessage($"{what}: {Stopwatch.GetElapsedTime(began).TotalMilliseconds:F0} ms");

    private async Task CommandAsync(params string[] arguments)
    {
        ProgramResult result = await ShacacheProgram.RunAsync(_folder.Path, arguments);
        Assert.True(result.ExitCode == 0, result.Error);
    }

    private async Task AssertCutOffAsync(ServerProcess node, string kept, string cold, string blocked)
    {
        await Eventually.IsTrueAsync(async () =>
        {
            HttpResponseMessage health = await SendAsync(HttpMethod.Get, node, "/healthz");
            string line = await health.Content.ReadAsStringAsync(Token);
            return health.StatusCode == HttpStatusCode.ServiceUnavailable &&
                line.Contains("PostgreSQL", StringComparison.Ordinal) && line.Contains($"s3://{CephServer.Bucket}", StringComparison.Ordinal);
        });
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(HttpMethod.Get, node, "/livez"));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(HttpMethod.Get, node, kept));
        Assert.Equal(HttpStatusCode.NotFound, await StatusAsync(HttpMethod.Get, node, blocked));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, await StatusAsync(HttpMethod.Get, node, cold));
        HttpResponseMessage refused = await SendAsync(HttpMethod.Post, node, "/shacache", [1, 2, 3]);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.StatusCode);
        Assert.NotNull(refused.Headers.RetryAfter);
    }

    private async Task<ServerProcess> StartAsync(string data, bool isCutOff, params string[] more)
    {
        string database = isCutOff ? $"postgresql://{PostgreSqlServer.User}@127.0.0.1:{_toPostgreSql.Number}/{_database}" : _postgreSql.UriOf(_database);
        return await ServerProcess.StartInAsync(
            new Dictionary<string, string> { ["AWS_ACCESS_KEY_ID"] = CephServer.AccessKey, ["AWS_SECRET_ACCESS_KEY"] = CephServer.SecretKey },
            [
                "serve", "--data", _folder[data], "--listen", "http://127.0.0.1:0",
                "--database", database, "--database-pool-size", "6",
                "--content", $"s3://{CephServer.Bucket}/{_prefix}", "--s3-endpoint", isCutOff ? $"http://127.0.0.1:{_toCeph.Number}" : _ceph.Endpoint.ToString(),
                .. more,
            ]);
    }

    private async Task<string> UploadAsync(ServerProcess node, int lengthBytes, byte seed)
    {
        byte[] content = PatternStream.Bytes(lengthBytes);
        content[0] = seed;
        Assert.Equal(HttpStatusCode.Created, (await SendAsync(HttpMethod.Post, node, "/shacache", content)).StatusCode);
        return $"/shacache/{Digest.Compute(content)}";
    }

    /// <summary>Reads it, and waits until the tier has it.</summary>
    private async Task ReadUntilKeptAsync(ServerProcess node, string path)
    {
        string name = Path.GetFileName(path);
        await Eventually.IsTrueAsync(async () =>
        {
            Assert.Equal(HttpStatusCode.OK, await StatusAsync(HttpMethod.Get, node, path));
            return Directory.GetDirectories(_folder.Path).Any(data => Directory.Exists(Path.Join(data, "local-cache", "blobs")) &&
                Directory.GetFiles(Path.Join(data, "local-cache", "blobs"), name, SearchOption.AllDirectories).Length > 0);
        });
    }

    private Task RemoveAsync(string path, params string[] more) =>
        CommandAsync(["admin", "remove", "--digest", Path.GetFileName(path), "--data", _folder["one"], .. more]);

    private async Task<HttpStatusCode> StatusAsync(HttpMethod method, ServerProcess node, string path)
    {
        using HttpResponseMessage answer = await SendAsync(method, node, path);
        return answer.StatusCode;
    }

    private async Task<HttpResponseMessage> SendAsync(HttpMethod method, ServerProcess node, string path, byte[]? body = null)
    {
        using var request = new HttpRequestMessage(method, new Uri(node.Url, path));
        if (body is not null)
            request.Content = new ByteArrayContent(body);
        return await _http.SendAsync(request, Token);
    }
}
