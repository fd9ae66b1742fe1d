using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using Shacache.Core.Blobs;
using Shacache.Http.Tests.Gateway;
using Shacache.Http.Tests.Upstreams;
using Shacache.Testing.Upstreams;

namespace Shacache.Http.Tests.Content;

/// <summary>Objects whose files the disk has damaged.</summary>
public sealed class DamagedObjectTests
{
    private const int Long = 6_000_000;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(100, false)]
    [InlineData(100, true)]
    [InlineData(65_537, false)]
    [InlineData(1_000_000, true)]
    public async Task Get_Damaged_Is404_AndAnUploadBringsItBack(int length, bool inMemoryCache)
    {
        byte[] content = RandomNumberGenerator.GetBytes(length);
        await using TestServer server = await TestServer.StartAsync(blobs: inner => inMemoryCache ? new MemoryCachedBlobStore(inner, 1 << 20) : inner);
        Uri url = await StoreAsync(server, content);
        await DamageAsync(server, content);

        using HttpResponseMessage first = await server.Client.GetAsync(url, Token);
        using HttpResponseMessage head = await server.Client.SendAsync(new HttpRequestMessage(HttpMethod.Head, url), Token);
        await StoreAsync(server, content);

        Assert.Equal((HttpStatusCode.NotFound, HttpStatusCode.NotFound), (first.StatusCode, head.StatusCode));
        Assert.Equal(content, await server.Client.GetByteArrayAsync(url, Token));
        Assert.Empty(server.Log.Lines);
    }

    [Fact]
    public async Task Get_LongAndDamaged_IsCutOff_AndThen404_AndAnUploadBringsItBack()
    {
        byte[] content = RandomNumberGenerator.GetBytes(Long);
        await using TestServer server = await TestServer.StartAsync();
        Uri url = await StoreAsync(server, content);
        await DamageAsync(server, content);

        using HttpResponseMessage first = await server.Client.GetAsync(url, HttpCompletionOption.ResponseHeadersRead, Token);
        await Assert.ThrowsAnyAsync<IOException>(() => ReadAllAsync(first));
        using HttpResponseMessage second = await server.Client.GetAsync(url, Token);
        await StoreAsync(server, content);

        Assert.Equal(HttpStatusCode.NotFound, second.StatusCode);
        Assert.Equal(content, await server.Client.GetByteArrayAsync(url, Token));
        Assert.Empty(server.Log.Lines);
    }

    [Theory]
    [InlineData(1_000_000)]
    [InlineData(Long)]
    public async Task GetRange_OfADamagedObject_Is404_WhereverTheDamageIs(int length)
    {
        byte[] content = RandomNumberGenerator.GetBytes(length);
        await using TestServer server = await TestServer.StartAsync();
        Uri url = await StoreAsync(server, content);
        await DamageAsync(server, content);

        using var request = new HttpRequestMessage(HttpMethod.Get, url) { Headers = { Range = new RangeHeaderValue(10, 19) } };
        using HttpResponseMessage part = await server.Client.SendAsync(request, Token);

        Assert.Equal(HttpStatusCode.NotFound, part.StatusCode);
        Assert.Null(part.Content.Headers.ContentRange);
    }

    [Theory]
    [InlineData(100)]
    [InlineData(Long)]
    public async Task Head_DigestIsWanted_TellsWhatTheBytesHave(int length)
    {
        byte[] content = RandomNumberGenerator.GetBytes(length);
        await using TestServer server = await TestServer.StartAsync();
        Uri url = await StoreAsync(server, content);

        using HttpResponseMessage right = await HeadAsync(server, url);
        await DamageAsync(server, content);
        using HttpResponseMessage wrong = await HeadAsync(server, url);

        Assert.Equal($"sha-512=:{Convert.ToBase64String(SHA512.HashData(content))}:", Assert.Single(right.Headers.GetValues("Repr-Digest")));
        Assert.Equal(length, right.Content.Headers.ContentLength);
        Assert.Equal(HttpStatusCode.NotFound, wrong.StatusCode);
        Assert.False(wrong.Headers.Contains("Repr-Digest"));
    }

    [Fact]
    public async Task Head_DigestIsWantedOfWhatIsInMemory_TellsWhatIsStored()
    {
        byte[] content = RandomNumberGenerator.GetBytes(1000);
        await using TestServer server = await TestServer.StartAsync(blobs: inner => new MemoryCachedBlobStore(inner, 1 << 20));
        Uri url = await StoreAsync(server, content);
        Assert.Equal(content, await server.Client.GetByteArrayAsync(url, Token));
        await DamageAsync(server, content);

        using var head = new HttpRequestMessage(HttpMethod.Head, url);
        head.Headers.Add("Want-Repr-Digest", "sha-512=1");
        using HttpResponseMessage answer = await server.Client.SendAsync(head, Token);

        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
    }

    [Fact]
    public async Task Get_DamagedOnANearCache_IsFetchedFromTheUpstream()
    {
        byte[] content = RandomNumberGenerator.GetBytes(1_000_000);
        await using ScriptedUpstream upstream = ScriptedUpstream.Serving(content);
        await using TestServer server = await ProximitySite.StartAsync(upstream);
        Uri url = await StoreAsync(server, content);
        await DamageAsync(server, content);

        using HttpResponseMessage answer = await server.Client.GetAsync(url, Token);

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal("MISS", Assert.Single(answer.Headers.GetValues("X-Cache")));
        Assert.Equal(content, await answer.Content.ReadAsByteArrayAsync(Token));
    }

    [Fact]
    public async Task Get_LongAndDamagedOnANearCache_IsCutOff_AndThenFetchedFromTheUpstream()
    {
        byte[] content = RandomNumberGenerator.GetBytes(Long);
        await using ScriptedUpstream upstream = ScriptedUpstream.Serving(content);
        await using TestServer server = await ProximitySite.StartAsync(upstream);
        Uri url = await StoreAsync(server, content);
        await DamageAsync(server, content);

        using HttpResponseMessage first = await server.Client.GetAsync(url, HttpCompletionOption.ResponseHeadersRead, Token);
        await Assert.ThrowsAnyAsync<IOException>(() => ReadAllAsync(first));

        Assert.Equal(content, await server.Client.GetByteArrayAsync(url, Token));
    }

    [Theory]
    [InlineData(1000, null)]
    [InlineData(1_000_000, null)]
    [InlineData(1_000_000, 10)]
    public async Task Get_DamagedCopyOfTheGateway_IsFetchedFromItsOrigin(int length, int? from)
    {
        byte[] content = RandomNumberGenerator.GetBytes(length);
        await using OriginServer origin = await OriginServer.StartAsync(content);
        await using TestServer server = await GatewaySite.StartAsync();
        string path = $"/fetch/http/{origin.Host}/f.tar.gz";
        Assert.Equal(content, await server.Client.GetByteArrayAsync(path, Token));
        await DamageAsync(server, content);

        using var request = new HttpRequestMessage(HttpMethod.Get, path) { Headers = { Range = from is null ? null : new RangeHeaderValue(from, null) } };
        using HttpResponseMessage answer = await server.Client.SendAsync(request, Token);
        using HttpResponseMessage again = await server.Client.GetAsync(path, Token);

        Assert.Equal("miss", Assert.Single(answer.Headers.GetValues("X-Cache")));
        Assert.Equal(content[(from ?? 0)..], await answer.Content.ReadAsByteArrayAsync(Token));
        Assert.Equal("hit", Assert.Single(again.Headers.GetValues("X-Cache")));
        Assert.Equal(content, await again.Content.ReadAsByteArrayAsync(Token));
        Assert.Empty(server.Log.Lines);
    }

    [Theory]
    [InlineData(1_000_000)]
    [InlineData(Long)]
    public async Task Pull_Damaged_IsFetchedFromTheUpstream(int length)
    {
        byte[] content = RandomNumberGenerator.GetBytes(length);
        await using ScriptedUpstream upstream = ScriptedUpstream.Serving(content);
        await using TestServer server = await ProximitySite.StartAsync(upstream);
        Uri url = await StoreAsync(server, content);
        await DamageAsync(server, content);

        using HttpResponseMessage pulled = await server.Client.PostAsync(
            new Uri($"/mirror/pull/object?sha512={Digest.Compute(content)}", UriKind.Relative), null, Token);

        Assert.Contains($"\"outcome\":\"pulled\"", (await pulled.Content.ReadAsStringAsync(Token)).Replace(" ", "", StringComparison.Ordinal), StringComparison.OrdinalIgnoreCase);
        Assert.Equal(content, await server.Client.GetByteArrayAsync(url, Token));
    }

    private static async Task<Uri> StoreAsync(TestServer server, byte[] content)
    {
        using HttpResponseMessage stored = await server.Client.PostAsync(new Uri("/shacache", UriKind.Relative), new ByteArrayContent(content), Token);
        Assert.Equal(HttpStatusCode.Created, stored.StatusCode);
        return new Uri($"/shacache/{Digest.Compute(content)}", UriKind.Relative);
    }

    private static Task<HttpResponseMessage> HeadAsync(TestServer server, Uri url) =>
        server.Client.SendAsync(new HttpRequestMessage(HttpMethod.Head, url) { Headers = { { "Want-Repr-Digest", "sha-512=10" } } }, Token);

    private static async Task<byte[]> ReadAllAsync(HttpResponseMessage answer)
    {
        await using Stream body = await answer.Content.ReadAsStreamAsync(Token);
        using var all = new MemoryStream();
        await body.CopyToAsync(all, Token);
        return all.ToArray();
    }

    private static async Task DamageAsync(TestServer server, byte[] content)
    {
        string name = Digest.Compute(content).ToString();
        byte[] damaged = [.. content];
        damaged[content.Length / 2] ^= 1;
        await File.WriteAllBytesAsync(Path.Join([server.DataFolder, "blobs", name[..2], name]), damaged, Token);
    }
}
