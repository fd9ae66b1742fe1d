using System.Net;
using System.Net.Sockets;
using System.Text;
using Shacache.Cli.Running;
using Shacache.Client;
using Shacache.Client.Configuration;
using Shacache.Core.Blobs;
using Shacache.Testing;
using Shacache.Testing.Ceph;
using Shacache.Testing.PostgreSql;

namespace Shacache.Tests.Serving;

/// <summary>Servers whose content is in S3.</summary>
public sealed class ContentServingTests : IAsyncLifetime
{
    private static readonly byte[] Bytes = Encoding.ASCII.GetBytes("content");
    private static readonly string Content = $"/shacache/{Digest.Compute(Bytes)}";

    private readonly TemporaryFolder _folder = new();
    private readonly HttpClient _http = new(new HttpClientHandler { AllowAutoRedirect = false }) { Timeout = TimeSpan.FromSeconds(60) };
    private readonly string _address = $"s3://{CephServer.Bucket}/{Guid.NewGuid():N}";
    private CephServer _ceph = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        CephServer.Require();
        _ceph = await CephServer.Shared;
    }

    public ValueTask DisposeAsync()
    {
        _http.Dispose();
        _folder.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task Serve_TwoNodes_ShareEverything_AndSendClientsThatCanToTheStore()
    {
        PostgreSqlServer.Require();
        PostgreSqlServer database = await PostgreSqlServer.Shared;
        string uri = database.UriOf(await database.CreateDatabaseAsync());
        string[] options = ["--database", uri, "--database-pool-size", "6", "--s3-redirect", "1B", "--s3-public-endpoint", $"http://localhost:{_ceph.Port}"];
        using ServerProcess one = await StartAsync("one", options);
        using ServerProcess other = await StartAsync("other", options);
        Assert.Equal(HttpStatusCode.Created, (await SendAsync(HttpMethod.Post, one, "/shacache", Bytes)).StatusCode);

        // A client that says nothing, as Python's, gets the bytes.
        HttpResponseMessage read = await SendAsync(HttpMethod.Get, other, Content);
        Assert.Equal(HttpStatusCode.OK, read.StatusCode);
        Assert.Equal(Bytes, await read.Content.ReadAsByteArrayAsync(Token));

        byte[] longer = new byte[100_000];
        string path = $"/shacache/{Digest.Compute(longer)}";
        Assert.Equal(HttpStatusCode.Created, (await SendAsync(HttpMethod.Post, other, "/shacache", longer)).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await SendAsync(HttpMethod.Get, one, path)).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await SendAsync(HttpMethod.Head, one, path, body: null, follows: true)).StatusCode);
        HttpResponseMessage redirect = await SendAsync(HttpMethod.Get, one, path, body: null, follows: true);
        Assert.Equal(HttpStatusCode.TemporaryRedirect, redirect.StatusCode);
        Assert.Equal("localhost", redirect.Headers.Location!.Host);
        Assert.Equal(longer, await _http.GetByteArrayAsync(redirect.Headers.Location, Token));
        using (var client = new NetworkCacheClient(new NetworkCacheOptions { Servers = new CacheServers { DownloadCache = [CacheUrl.Parse(new Uri(one.Url, "/shacache").ToString())] } }))
        using (var got = new MemoryStream())
        {
            await client.DownloadAsync(Digest.Compute(longer), got, cancellationToken: Token);
            Assert.Equal(longer, got.ToArray());
        }

        await File.WriteAllLinesAsync(_folder["config"], [$"data = {_folder["one"]}", $"content = {_address}", $"s3-endpoint = {_ceph.Endpoint}", $"database = {uri}", $"s3-credentials-file = {Credentials()}"], Token);
        ProgramResult indexed = await ShacacheProgram.RunAsync(_folder.Path, "admin", "reindex", "--data", _folder["one"], "--config", _folder["config"]);
        Assert.True(indexed.ExitCode == 0, indexed.Error);
        Assert.StartsWith("2 objects of 100007 bytes", indexed.Text, StringComparison.Ordinal);
        ProgramResult blocked = await ShacacheProgram.RunAsync(_folder.Path, "admin", "block", "--digest", Digest.Compute(Bytes).ToString(), "--data", _folder["one"]);
        Assert.Equal(0, blocked.ExitCode);
        await Eventually.IsTrueAsync(async () => (await SendAsync(HttpMethod.Get, other, Content)).StatusCode == HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task Serve_StoreIsNotThereYet_IsReadyWhenItIsThere()
    {
        LoopbackServer? relay = null;
        int port = FixedPort.Find();
        using ServerProcess server = await StartAsync("data", ["--s3-endpoint", $"http://127.0.0.1:{port}"]);
        await server.WaitForAnyLineAsync("The object store of content cannot be used");
        HttpResponseMessage health = await SendAsync(HttpMethod.Get, server, "/healthz");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, health.StatusCode);
        Assert.Contains(_address, await health.Content.ReadAsStringAsync(Token), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await SendAsync(HttpMethod.Get, server, Content)).StatusCode);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await SendAsync(HttpMethod.Head, server, Content)).StatusCode);
        HttpResponseMessage upload = await SendAsync(HttpMethod.Post, server, "/shacache", Bytes);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, upload.StatusCode);
        Assert.Equal(TimeSpan.FromSeconds(5), upload.Headers.RetryAfter?.Delta);

        try
        {
            relay = new LoopbackServer(RelayAsync, port: port);
            await Eventually.IsTrueAsync(async () => (await SendAsync(HttpMethod.Post, server, "/shacache", Bytes)).StatusCode == HttpStatusCode.Created);
            Assert.Equal(HttpStatusCode.OK, (await SendAsync(HttpMethod.Get, server, Content)).StatusCode);
            await Eventually.IsTrueAsync(async () => (await SendAsync(HttpMethod.Get, server, "/healthz")).StatusCode == HttpStatusCode.OK);
        }
        finally
        {
            if (relay is not null)
                await relay.DisposeAsync();
        }
    }

    [Fact]
    public async Task Admin_OfAServerWithContentElsewhere_DoesWhatItCan_AndRefusesTheRest()
    {
        using (ServerProcess server = await StartAsync("data"))
        {
            Assert.Equal(HttpStatusCode.Created, (await SendAsync(HttpMethod.Post, server, "/shacache", Bytes)).StatusCode);
            ProgramResult backup = await AdminAsync("backup", _folder["backup"]);
            Assert.Equal(1, backup.ExitCode);
            Assert.Contains($"The content is in {_address}", backup.Error, StringComparison.Ordinal);
            ProgramResult check = await AdminAsync("check");
            Assert.True(check.ExitCode == 0, check.Error);
            ProgramResult scrub = await AdminAsync("scrub", "--now");
            Assert.True(scrub.ExitCode == 0, scrub.Error);
            ProgramResult clean = await AdminAsync("gc", "--json");
            Assert.True(clean.ExitCode == 0, clean.Error);
            Assert.Contains("abandoned-uploads", clean.Text, StringComparison.Ordinal);
            ProgramResult removed = await AdminAsync("remove", "--digest", Digest.Compute(Bytes).ToString());
            Assert.True(removed.ExitCode == 0, removed.Error);
            Assert.Equal(HttpStatusCode.NotFound, (await SendAsync(HttpMethod.Get, server, Content)).StatusCode);
            await server.TerminateAsync();
            Assert.Equal(0, await server.WaitForExitAsync());
        }

        (int exitCode, string error) = await ServerProcess.RunAsync("serve", "--data", _folder["data"], "--listen", "http://127.0.0.1:0");
        Assert.Equal(1, exitCode);
        Assert.Contains($"The content of {_folder["data"]} is in {_address}.", error, StringComparison.Ordinal);
    }

    private async Task RelayAsync(Socket client, CancellationToken cancellationToken)
    {
        using var server = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await server.ConnectAsync("127.0.0.1", _ceph.Port, cancellationToken);
        await using var near = new NetworkStream(client);
        await using var far = new NetworkStream(server);
        await LoopbackServer.RelayAsync(near, far, cancellationToken);
    }

    private string Credentials()
    {
        File.WriteAllText(_folder["credentials"], $"[default]\naws_access_key_id = {CephServer.AccessKey}\naws_secret_access_key = {CephServer.SecretKey}\n");
        return _folder["credentials"];
    }

    private Task<ProgramResult> AdminAsync(params string[] arguments) => ShacacheProgram.RunAsync(_folder.Path, ["admin", .. arguments, "--data", _folder["data"]]);

    private Task<ServerProcess> StartAsync(string data, params string[] options) => ServerProcess.StartAsync(
        ["serve", "--data", _folder[data], "--listen", "http://127.0.0.1:0", "--content", _address, "--s3-endpoint", _ceph.Endpoint.ToString(), "--s3-credentials-file", Credentials(), .. options]);

    private async Task<HttpResponseMessage> SendAsync(HttpMethod method, ServerProcess server, string path, byte[]? body = null, bool follows = false)
    {
        using var request = new HttpRequestMessage(method, new Uri(server.Url, path));
        if (follows)
            request.Headers.Add("Shacache-Accept-Redirect", "1");
        if (body is not null)
            request.Content = new ByteArrayContent(body);
        return await _http.SendAsync(request, Token);
    }
}
