using System.Net;
using Shacache.Cli.Running;
using Shacache.Core.Blobs;
using Shacache.Testing;
using Shacache.Testing.Blobs;
using Shacache.Testing.Ceph;
using Shacache.Testing.PostgreSql;
using Shacache.Tests.Serving;

namespace Shacache.Tests.Tier;

/// <summary>The limit of what nodes store together, over a real Ceph and a real PostgreSQL.</summary>
public sealed class NodesRoomTests : IAsyncLifetime
{
    private readonly TemporaryFolder _folder = new();
    private readonly HttpClient _http = new() { Timeout = TimeSpan.FromSeconds(60) };
    private PostgreSqlServer _postgreSql = null!;
    private CephServer _ceph = null!;
    private string? _database;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        PostgreSqlServer.Require();
        CephServer.Require();
        _postgreSql = await PostgreSqlServer.Shared;
        _ceph = await CephServer.Shared;
        _database = await _postgreSql.CreateDatabaseAsync();
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        if (_database is not null)
            await _postgreSql.DropDatabaseAsync(_database);
        _folder.Dispose();
    }

    [Fact]
    public async Task Serve_LimitThatCannotBeKept_RefusesUploadsOnEveryNode_UntilThereIsRoomAgain()
    {
        using ServerProcess one = await StartAsync("one");
        using ServerProcess other = await StartAsync("other");
        string first = await UploadAsync(one, 600_000, 1);
        await UploadAsync(other, 600_000, 2);
        foreach (ServerProcess node in new[] { one, other })
            await Eventually.IsTrueAsync(async () => await StatusOfUploadAsync(node) == HttpStatusCode.InsufficientStorage);

        ProgramResult removed = await ShacacheProgram.RunAsync(_folder.Path, "admin", "remove", "--digest", first, "--data", _folder["other"]);
        Assert.Equal(0, removed.ExitCode);
        foreach (ServerProcess node in new[] { one, other })
            await Eventually.IsTrueAsync(async () => await StatusOfUploadAsync(node) is HttpStatusCode.Created or HttpStatusCode.OK);
    }

    private Task<ServerProcess> StartAsync(string data) => ServerProcess.StartInAsync(
        new Dictionary<string, string> { ["AWS_ACCESS_KEY_ID"] = CephServer.AccessKey, ["AWS_SECRET_ACCESS_KEY"] = CephServer.SecretKey },
        "serve", "--data", _folder[data], "--listen", "http://127.0.0.1:0", "--database", _postgreSql.UriOf(_database!), "--database-pool-size", "6",
        "--max-store-size", "1MiB", "--evict-grace", "1h", "--content", $"s3://{CephServer.Bucket}/{_database}", "--s3-endpoint", _ceph.Endpoint.ToString());

    private async Task<HttpStatusCode> StatusOfUploadAsync(ServerProcess node) => await PostAsync(node, [1, 2, 3]);

    private async Task<string> UploadAsync(ServerProcess node, int lengthBytes, byte seed)
    {
        byte[] content = PatternStream.Bytes(lengthBytes);
        content[0] = seed;
        Assert.Equal(HttpStatusCode.Created, await PostAsync(node, content));
        return Digest.Compute(content).ToString();
    }

    private async Task<HttpStatusCode> PostAsync(ServerProcess node, byte[] content)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(node.Url, "/shacache")) { Content = new ByteArrayContent(content) };
        using HttpResponseMessage answer = await _http.SendAsync(request, Token);
        return answer.StatusCode;
    }
}
