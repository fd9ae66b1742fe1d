using System.Net;
using System.Text;
using Shacache.Cli.Running;
using Shacache.Core.Blobs;
using Shacache.Testing;
using Shacache.Testing.PostgreSql;

namespace Shacache.Tests.Serving;

/// <summary>Servers whose database is PostgreSQL.</summary>
public sealed class DatabaseServingTests : IAsyncLifetime
{
    private const string Key = "/shadir/file-urlmd5:0123456789abcdef0123456789abcdef";
    private static readonly byte[] Bytes = Encoding.ASCII.GetBytes("content");
    private static readonly string Content = $"/shacache/{Digest.Compute(Bytes)}";
    private static readonly string Entry = $$"""["{\"sha512\": \"{{Digest.Compute(Bytes)}}\"}",""]""";

    private readonly TemporaryFolder _folder = new();
    private readonly HttpClient _http = new() { Timeout = TimeSpan.FromSeconds(60) };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync()
    {
        PostgreSqlServer.Require();
        return ValueTask.CompletedTask;
    }

    public ValueTask DisposeAsync()
    {
        _http.Dispose();
        _folder.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task Serve_TwoNodesOnOneDatabase_ShareEntries_AndWhatOneBlocksTheOtherRefuses()
    {
        PostgreSqlServer database = await PostgreSqlServer.Shared;
        string uri = database.UriOf(await database.CreateDatabaseAsync());
        using ServerProcess one = await StartAsync("one", uri);
        using ServerProcess other = await StartAsync("other", uri);
        foreach (ServerProcess server in new[] { one, other })
            Assert.Equal(HttpStatusCode.Created, (await SendAsync(HttpMethod.Post, server, "/shacache", Bytes)).StatusCode);
        Assert.Equal(HttpStatusCode.Created, (await SendAsync(HttpMethod.Put, one, Key, Encoding.UTF8.GetBytes(Entry))).StatusCode);

        HttpResponseMessage listed = await SendAsync(HttpMethod.Get, other, Key);
        Assert.Equal($"[{Entry}]", await listed.Content.ReadAsStringAsync(Token));
        Assert.Equal(HttpStatusCode.OK, (await SendAsync(HttpMethod.Get, other, Content)).StatusCode);

        ProgramResult blocked = await ShacacheProgram.RunAsync(_folder.Path, "admin", "block", "--digest", Digest.Compute(Bytes).ToString(), "--data", _folder["one"]);
        Assert.Equal(0, blocked.ExitCode);
        Assert.Equal(HttpStatusCode.NotFound, (await SendAsync(HttpMethod.Get, one, Content)).StatusCode);
        await Eventually.IsTrueAsync(async () => (await SendAsync(HttpMethod.Get, other, Content)).StatusCode == HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task Serve_DatabaseIsNotThereYet_AndGoesAndComes_IsReadyWhenItIsThere()
    {
        await using PostgreSqlServer database = await PostgreSqlServer.StartAsync();
        await database.KillAsync();
        using ServerProcess server = await StartAsync("data", database.UriOf("postgres"));

        await AssertAwayAsync(server);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await SendAsync(HttpMethod.Get, server, Content)).StatusCode);
        await database.StartAsync();
        await Eventually.IsTrueAsync(async () => (await SendAsync(HttpMethod.Put, server, Key, Encoding.UTF8.GetBytes(Entry))).StatusCode == HttpStatusCode.Created);
        Assert.Equal(HttpStatusCode.Created, (await SendAsync(HttpMethod.Post, server, "/shacache", Bytes)).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await SendAsync(HttpMethod.Get, server, "/healthz")).StatusCode);

        await database.KillAsync();
        await AssertAwayAsync(server);
        Assert.Equal(HttpStatusCode.OK, (await SendAsync(HttpMethod.Get, server, Content)).StatusCode);
        await database.StartAsync();
        await Eventually.IsTrueAsync(async () => (await SendAsync(HttpMethod.Get, server, Key)).StatusCode == HttpStatusCode.OK);
        await Eventually.IsTrueAsync(async () => (await SendAsync(HttpMethod.Get, server, "/healthz")).StatusCode == HttpStatusCode.OK);
        await server.TerminateAsync();
        Assert.Equal(0, await server.WaitForExitAsync());
    }

    [Fact]
    public async Task Serve_WithoutTheDatabaseThatItHad_IsRefused()
    {
        PostgreSqlServer database = await PostgreSqlServer.Shared;
        string uri = database.UriOf(await database.CreateDatabaseAsync());
        using (ServerProcess server = await StartAsync("data", uri))
        {
            await server.TerminateAsync();
            Assert.Equal(0, await server.WaitForExitAsync());
        }

        (int exitCode, string error) = await ServerProcess.RunAsync("serve", "--data", _folder["data"], "--listen", "http://127.0.0.1:0");
        Assert.Equal(1, exitCode);
        Assert.Contains($"The database of {_folder["data"]} is {uri}.", error, StringComparison.Ordinal);
    }

    private Task<ServerProcess> StartAsync(string data, string uri) =>
        ServerProcess.StartAsync("serve", "--data", _folder[data], "--listen", "http://127.0.0.1:0", "--database", uri, "--database-pool-size", "6");

    private async Task AssertAwayAsync(ServerProcess server)
    {
        // Its verdict stands for a second.
        HttpResponseMessage health = await SendAsync(HttpMethod.Get, server, "/healthz");
        await Eventually.IsTrueAsync(async () => (health = await SendAsync(HttpMethod.Get, server, "/healthz")).StatusCode == HttpStatusCode.ServiceUnavailable);
        Assert.Contains("PostgreSQL does not answer", await health.Content.ReadAsStringAsync(Token), StringComparison.Ordinal);
        HttpResponseMessage put = await SendAsync(HttpMethod.Put, server, Key, Encoding.UTF8.GetBytes(Entry));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, put.StatusCode);
        Assert.Equal(TimeSpan.FromSeconds(5), put.Headers.RetryAfter?.Delta);
    }

    private async Task<HttpResponseMessage> SendAsync(HttpMethod method, ServerProcess server, string path, byte[]? body = null)
    {
        using var request = new HttpRequestMessage(method, new Uri(server.Url, path));
        if (body is not null)
            request.Content = new ByteArrayContent(body);
        return await _http.SendAsync(request, Token);
    }
}
