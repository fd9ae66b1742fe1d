using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography.X509Certificates;
using Shacache.Cli.Running;
using Shacache.Core.Accounts;
using Shacache.Core.Blobs;
using Shacache.Database.PostgreSql;
using Shacache.Testing;
using Shacache.Testing.Blobs;
using Shacache.Testing.PostgreSql;
using Shacache.Tests.Serving;

namespace Shacache.Cli.Accounts;

/// <summary>A private cache (<c>read-access = accounts</c>) whose accounts are in a PostgreSQL that is stopped: closed, never open.</summary>
public sealed class PrivateNodeTests : IAsyncLifetime
{
    private const string Key = "/shadir/private";

    private readonly TemporaryFolder _folder = new();
    private readonly string _secret = TokenSecret.Generate();
    private HttpClient? _http;
    private PostgreSqlServer? _postgreSql;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        PostgreSqlServer.Require();

        // One of its own: it is stopped.
        _postgreSql = await PostgreSqlServer.StartAsync("fsync=off");
    }

    public async ValueTask DisposeAsync()
    {
        _http?.Dispose();
        if (_postgreSql is not null)
            await _postgreSql.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task Serve_DatabaseIsStopped_EverythingIsRefused_AlsoAfterARestart_AndGoesOnWhenItIsBack()
    {
        string database = _postgreSql!.UriOf(await _postgreSql.CreateDatabaseAsync());
        (await ShacacheProgram.RunAsync(_folder.Path, "account", "init", "--data", "node", "--server-name", "127.0.0.1")).AssertDone();
        _http = NewClient(_folder["node", "ca", "ca.crt"]);
        await AddAccountAsync(database);
        await File.WriteAllTextAsync(_folder["node.conf"], $"""
            data = {_folder["node"]}
            listen = https://127.0.0.1:0
            tls-certificate = {_folder["node", "tls", "server.crt"]}
            tls-key = {_folder["node", "tls", "server.key"]}
            database = {database}
            database-pool-size = 6
            read-access = accounts
            pages = anyone
            gateway-origins = example.org
            [remote files]
            type = files
            url = https://example.org/files/
            """, Token);
        string[] paths;
        using (ServerProcess node = await ServerProcess.StartAsync("serve", "--config", _folder["node.conf"]))
        {
            byte[] content = PatternStream.Bytes(1000);
            string path = $"/shacache/{Digest.Compute(content)}";
            Assert.Equal(HttpStatusCode.Created, await SendAsync(HttpMethod.Post, node, "/shacache", isKnown: true, content));
            paths = [path, Key, "/fetch/https/example.org/a", "/remote/files/a", "/", $"{path}?x", "/shadir/"];

            // Read just now, and so in memory.
            Assert.Equal(HttpStatusCode.OK, await SendAsync(HttpMethod.Get, node, path, isKnown: true));
            Assert.Equal(HttpStatusCode.Unauthorized, await SendAsync(HttpMethod.Get, node, path, isKnown: false));
            await _postgreSql.KillAsync();
            await AssertClosedAsync(node, paths);
        }

        using ServerProcess again = await ServerProcess.StartAsync("serve", "--config", _folder["node.conf"]);
        await AssertClosedAsync(again, paths);
        await _postgreSql.StartAsync();
        await Eventually.IsTrueAsync(async () => await SendAsync(HttpMethod.Get, again, paths[0], isKnown: true) == HttpStatusCode.OK);
        Assert.Equal(HttpStatusCode.Unauthorized, await SendAsync(HttpMethod.Get, again, paths[0], isKnown: false));
    }

    private async Task AssertClosedAsync(ServerProcess node, string[] paths)
    {
        foreach (string path in paths)
        {
            foreach (HttpMethod method in new[] { HttpMethod.Get, HttpMethod.Head })
            {
                Assert.Equal((path, HttpStatusCode.ServiceUnavailable), (path, await SendAsync(method, node, path, isKnown: true)));

                // Who says nothing of themselves needs no database to be refused.
                Assert.Contains(await SendAsync(method, node, path, isKnown: false), new[] { HttpStatusCode.ServiceUnavailable, HttpStatusCode.Unauthorized });
            }
        }
    }

    private static HttpClient NewClient(string authority)
    {
        var trust = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            RevocationMode = X509RevocationMode.NoCheck,
            CustomTrustStore = { X509CertificateLoader.LoadCertificateFromFile(authority) },
        };
        return new HttpClient(new SocketsHttpHandler { SslOptions = { CertificateChainPolicy = trust } }) { Timeout = TimeSpan.FromSeconds(60) };
    }

    private async Task AddAccountAsync(string uri)
    {
        Assert.True(PostgreSqlAddress.TryParse(uri, out PostgreSqlAddress? address, out _));
        await using var database = new PostgreSqlDatabase(new PostgreSqlOptions(address), TimeProvider.System);
        var name = AccountName.Create("reader");
        DateTimeOffset now = DateTimeOffset.UtcNow;
        var line = new AuditEntry(now, AuditEntry.Operator, AuditAction.AddToken, "reader", "local");
        await database.Accounts.SetRightsAsync(name, AccountRights.Uploader, line, Token);
        Assert.True(await database.Accounts.AddTokenAsync(new AccountToken("t1", name, TokenSecret.Hash(_secret)!, now.AddHours(-1), now.AddDays(1)), line, Token));
    }

    private async Task<HttpStatusCode> SendAsync(HttpMethod method, ServerProcess node, string path, bool isKnown, byte[]? body = null)
    {
        using var request = new HttpRequestMessage(method, new Uri(node.Url, path));
        if (isKnown)
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", _secret);
        if (body is not null)
            request.Content = new ByteArrayContent(body);
        using HttpResponseMessage answer = await _http!.SendAsync(request, Token);
        return answer.StatusCode;
    }
}
