using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using Shacache.Cli.Running;
using Shacache.Core.Blobs;
using Shacache.Testing;
using Shacache.Tests.Serving;

namespace Shacache.Tests.Administration;

/// <summary><c>admin savings</c> and <c>admin top</c> on a real server, and on its folder when it has stopped.</summary>
public sealed class WorthCommandTests : IDisposable
{
    private const int Length = 300_000;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly TemporaryFolder _folder = new();
    private readonly HttpClient _http = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _http.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task Savings_GetsOfAllKinds_AreTheBytesThatWereNotSentByOthers()
    {
        byte[] file = Content(1);
        await using var origin = new OriginSite();
        await origin.StartAsync(Token);
        string url = origin.Publish("file.tar.gz", file);
        using ServerProcess server = await StartAsync("--gateway-origins", "*:*", "--gateway-allow-private", "true", "--evict-order", "cost", "--max-store-size", "1GiB");
        byte[] uploaded = Content(2);
        using (var body = new ByteArrayContent(uploaded))
        using (HttpResponseMessage answer = await _http.PostAsync(new Uri(server.Url, "/shacache"), body, Token))
            answer.EnsureSuccessStatusCode();

        string path = $"/fetch/{url.Replace("://", "/", StringComparison.Ordinal)}";
        for (int i = 0; i < 3; i++)
            Assert.Equal(file, await _http.GetByteArrayAsync(new Uri(server.Url, path), Token));
        var content = new Uri(server.Url, $"/shacache/{Digest.Compute(uploaded)}");
        await _http.GetByteArrayAsync(content, Token);
        using (var request = new HttpRequestMessage(HttpMethod.Get, content))
        {
            request.Headers.Range = new RangeHeaderValue(1000, 1999);
            using HttpResponseMessage part = await _http.SendAsync(request, Token);
            await part.Content.ReadAsByteArrayAsync(Token);
        }

        using (var request = new HttpRequestMessage(HttpMethod.Get, content))
        {
            request.Headers.IfNoneMatch.Add(new EntityTagHeaderValue($"\"{Digest.Compute(uploaded)}\""));
            using HttpResponseMessage unchanged = await _http.SendAsync(request, Token);
        }

        JsonNode savings = await WaitForAsync("savings", "--by", "cache", node => Bytes(node["total"]) >= (3 * Length) + 1000);
        Assert.Equal((3 * Length) + 1000, Bytes(savings["total"]));
        Assert.Equal(["download", "gateway"], savings["rows"]!.AsArray().Select(row => (string?)row!["cache"]));
        Assert.Equal([Length + 1000, 2 * Length], savings["rows"]!.AsArray().Select(Bytes));
        Assert.True((double)savings["rows"]![1]!["downloadSeconds"]! > 0);
        JsonNode top = await RunJsonAsync("top", "--by", "most-read");
        Assert.Equal([Digest.Compute(file).ToString(), Digest.Compute(uploaded).ToString()], top["objects"]!.AsArray().Select(one => (string?)one!["sha512"]));
        Assert.Equal([2, 1], top["objects"]!.AsArray().Select(one => (int)one!["uses"]!));
        Assert.StartsWith("file-urlmd5:", (string?)top["objects"]![0]!["key"], StringComparison.Ordinal);

        await server.TerminateAsync();
        await server.WaitForExitAsync();
        string table = (await RunAsync("savings", "--by", "prefix")).AssertDone().Text;
        Assert.Contains("file-urlmd5:", table, StringComparison.Ordinal);
        Assert.Contains("other", table, StringComparison.Ordinal);
        Assert.Contains(DateTime.UtcNow.Year.ToString(), (await RunAsync("savings", "--by", "day", "--since", "7d")).AssertDone().Text, StringComparison.Ordinal);
        Assert.Contains("(unknown)", (await RunAsync("top", "--by", "account")).AssertDone().Text, StringComparison.Ordinal);
        Assert.Contains("file-urlmd5:", (await RunAsync("top", "--by", "prefix")).AssertDone().Text, StringComparison.Ordinal);
        Assert.Empty((await RunJsonAsync("top", "--by", "never-read"))["objects"]!.AsArray());
    }

    [Theory]
    [InlineData("savings", "--by", "week", "shacache: --by: write day, cache or prefix.")]
    [InlineData("savings", "--since", "never", "shacache: --since: 'never' is no time; write 2026-11-22, 2026-11-22T21:00Z, or how long ago, such as 2h or 7d.")]
    [InlineData("top", "--by", "size", "shacache: --by: write largest, most-read, never-read, prefix or account.")]
    [InlineData("top", "--limit", "0", "shacache: --limit: write a number from 1 to 1000.")]
    public async Task Options_MakeNoSense_AreRefused(string command, string option, string value, string message)
    {
        ProgramResult result = await RunAsync(command, option, value);
        result.AssertFails(2, $"{message}\nTry 'shacache admin {command} --help'.");
    }

    private static byte[] Content(int seed)
    {
        byte[] content = new byte[Length];
        new Random(seed).NextBytes(content);
        return content;
    }

    private static long Bytes(JsonNode? row) => (long)row!["bytes"]!;

    private Task<ServerProcess> StartAsync(params string[] more) => ServerProcess.StartAsync(["serve", "--listen", "http://127.0.0.1:0", "--data", _folder.Path, .. more]);

    private Task<ProgramResult> RunAsync(params string[] arguments) => ShacacheProgram.RunAsync(_folder.Path, ["admin", .. arguments, "--data", _folder.Path]);

    private async Task<JsonNode> RunJsonAsync(params string[] arguments) => JsonNode.Parse((await RunAsync([.. arguments, "--json"])).AssertDone().Text)!;

    /// <summary>The server writes what it counts every five seconds.</summary>
    private async Task<JsonNode> WaitForAsync(string command, string option, string value, Func<JsonNode, bool> isSo)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(Token);
        patience.CancelAfter(Patience);
        while (true)
        {
            JsonNode found = await RunJsonAsync(command, option, value);
            if (isSo(found))
                return found;
            await Task.Delay(500, patience.Token);
        }
    }
}
