using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Shacache.Core.Blobs;
using Shacache.Core.Entries;
using Shacache.Core.Signing;
using Shacache.Core.Upstreams;
using Shacache.Http.Gateway.Origins;
using Shacache.Http.Remotes.Indexes;
using Shacache.Testing;

namespace Shacache.Http.Tests.Remotes;

/// <summary>Pages of an index that one server signs, and another one answers from.</summary>
public sealed class CarriedPagesTests : IDisposable
{
    private readonly SigningKey _key = SigningKey.Generate(2048);
    private readonly ManualTimeProvider _time = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _key.Dispose();

    [Fact]
    public async Task Get_PageThatATrustedServerSigned_IsAnswered_AndNotByWhomeverElse()
    {
        await using TextOrigin origin = await StartOriginAsync("one");
        await using TestServer first = await StartAsync(origin, new GatewayOptions { SigningKey = _key });
        string[] keys = await SignAsync(first);
        Assert.Equal(2, keys.Length);
        Assert.Equal(keys, await SignAsync(first));
        string url = $"http://{origin.Host}/";
        await origin.DisposeAsync();

        using var trusted = TrustedKeys.Parse(SignatureCertificate.CreatePem(_key, "cache", TimeProvider.System.GetUtcNow()));
        await using TestServer second = await StartAsync(url, new GatewayOptions { TrustedKeys = trusted }, remote => remote.IsOffline = true);
        await using TestServer third = await StartAsync(url, new GatewayOptions());
        await using TestServer fourth = await StartAsync(url + "other/", new GatewayOptions { TrustedKeys = trusted });
        foreach (TestServer server in (TestServer[])[second, third, fourth])
        {
            foreach (string key in keys)
                Assert.Equal(1, await CarryAsync(first, server, key));
        }

        Assert.Contains("\"one\"", (await RemoteSite.GetAsync(second, "/remote/cargo/3/o/one")).Text, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.BadGateway, (await RemoteSite.GetAsync(third, "/remote/cargo/3/o/one")).Answer.StatusCode);
        Assert.Equal(HttpStatusCode.BadGateway, (await RemoteSite.GetAsync(fourth, "/remote/cargo/3/o/one")).Answer.StatusCode);
    }

    [Fact]
    public async Task Get_PageThatWasCarried_IsUsedWhenItIsNewerThanWhatIsKept()
    {
        await using TextOrigin origin = await StartOriginAsync("one");
        await using TestServer first = await StartAsync(origin, new GatewayOptions { SigningKey = _key });
        using var trusted = TrustedKeys.Parse(SignatureCertificate.CreatePem(_key, "cache", TimeProvider.System.GetUtcNow()));
        await using TestServer second = await StartAsync(origin, new GatewayOptions { TrustedKeys = trusted });
        string[] old = await SignAsync(first);
        var key = EntryKey.Create(old[1]);
        StoredEntry older = Assert.Single(await first.Entries.ListAsync(key, Token));
        Assert.Equal(1, await CarryAsync(first, second, old[1]));

        // What the second one asked for itself is newer than what was carried.
        _time.Advance(TimeSpan.FromHours(1));
        origin["/3/o/one"] = Line("one", 'b');
        Assert.Equal(Line("one", 'b'), (await RemoteSite.GetAsync(second, "/remote/cargo/3/o/one")).Text);
        _time.Advance(TimeSpan.FromHours(1));
        origin["/3/o/one"] = Line("one", 'c');
        await SignAsync(first);
        Assert.Single(await first.Entries.ListAsync(key, Token));
        await CarryAsync(first, second, old[1]);
        _time.Advance(TimeSpan.FromHours(1));
        await origin.DisposeAsync();

        Assert.Equal(Line("one", 'c'), (await RemoteSite.GetAsync(second, "/remote/cargo/3/o/one")).Text);

        // An old bundle that comes late changes nothing.
        foreach (StoredEntry stored in await second.Entries.ListAsync(key, Token))
            await second.Entries.DeleteAsync(key, stored.Entry, Token);
        await second.Entries.AddAsync(key, older.Entry, Token);
        Assert.Equal(Line("one", 'c'), (await RemoteSite.GetAsync(second, "/remote/cargo/3/o/one")).Text);
    }

    [Fact]
    public async Task Fetch_ToBeSignedWithoutAKey_IsRefusedInOneLine()
    {
        await using TextOrigin origin = await StartOriginAsync("one");
        await using TestServer server = await StartAsync(origin, new GatewayOptions());
        using HttpResponseMessage answer = await OrderAsync(server, new RemoteOrderDocument { Type = "cargo", Name = "one", Sign = true });
        Assert.Equal(HttpStatusCode.Conflict, answer.StatusCode);
        Assert.Contains("gateway-signing-key", await answer.Content.ReadAsStringAsync(Token), StringComparison.Ordinal);
        foreach (RemoteOrderDocument order in (RemoteOrderDocument[])[new(), new() { Type = "cargo", Name = "a/b" }, new() { Url = "file:///etc/passwd" }, new() { Type = "cargo", Name = "one", Hashes = ["x"] }])
            Assert.Equal(HttpStatusCode.BadRequest, (await OrderAsync(server, order)).StatusCode);
        foreach (RemoteOrderDocument order in (RemoteOrderDocument[])[new() { Type = "npm", Name = "one" }, new() { Url = "http://elsewhere.test/x" }])
            Assert.Equal(HttpStatusCode.NotFound, (await OrderAsync(server, order)).StatusCode);
    }

    private static string Line(string name, char digit) => $"{{\"name\":\"{name}\",\"vers\":\"1.0.0\",\"cksum\":\"{new string(digit, 64)}\"}}\n";

    private static async Task<TextOrigin> StartOriginAsync(string name)
    {
        TextOrigin origin = await TextOrigin.StartAsync();
        origin["/config.json"] = $"{{\"dl\":\"http://{origin.Host}/dl\"}}";
        origin[$"/3/o/{name}"] = $"{{\"name\":\"{name}\",\"vers\":\"1.0.0\",\"cksum\":\"{Convert.ToHexStringLower(SHA256.HashData("x"u8))}\"}}\n";
        origin[$"/dl/{name}/1.0.0/download"] = "x";
        return origin;
    }

    private Task<TestServer> StartAsync(TextOrigin origin, GatewayOptions gateway) => StartAsync($"http://{origin.Host}/", gateway);

    private Task<TestServer> StartAsync(string url, GatewayOptions gateway, Action<RemoteOptions>? change = null) =>
        RemoteSite.StartAsync(RemoteType.Cargo, url, change, _time, gateway);

    private static async Task<HttpResponseMessage> OrderAsync(TestServer server, RemoteOrderDocument order)
    {
        using var body = new StringContent(JsonSerializer.Serialize(order, RemoteDocuments.Default.RemoteOrderDocument), Encoding.UTF8, "application/json");
        return await server.Client.PostAsync("/mirror/remotes/fetch", body, Token);
    }

    /// <returns>The keys of the pages, that of the place of archives first.</returns>
    private static async Task<string[]> SignAsync(TestServer server)
    {
        using HttpResponseMessage answer = await OrderAsync(server, new RemoteOrderDocument { Type = "cargo", Name = "one", Sign = true });
        RemoteFetchDocument done = JsonSerializer.Deserialize(await answer.Content.ReadAsStringAsync(Token), RemoteDocuments.Default.RemoteFetchDocument)!;
        return [.. done.Keys.Where(key => key.StartsWith("index-page:", StringComparison.Ordinal))];
    }

    /// <returns>How many entries there were.</returns>
    private static async Task<int> CarryAsync(TestServer from, TestServer to, string key)
    {
        int count = 0;
        foreach (StoredEntry stored in await from.Entries.ListAsync(EntryKey.Create(key), Token))
        {
            byte[] content = await from.Client.GetByteArrayAsync($"/shacache/{stored.Entry.Digest}", Token);
            using var body = new ByteArrayContent(content);
            (await to.Client.PutAsync($"/shacache/{Digest.Compute(content)}", body, Token)).EnsureSuccessStatusCode();
            await to.Entries.AddAsync(EntryKey.Create(key), stored.Entry, Token);
            count++;
        }

        return count;
    }
}
