using Shacache.Core.Entries;
using Shacache.Http.Entries;
using Shacache.Http.Gateway;
using Shacache.Http.Gateway.Origins;

namespace Shacache.Http.Tests.Gateway;

/// <summary>One file, however clients spell its URL.</summary>
public sealed class GatewaySpellingTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("/pool/foo_1.0%2bb.deb")]
    [InlineData("/pool/foo_1.0+b.deb")]
    [InlineData("/pool/foo_1.0%2Bb.deb")]
    public async Task Get_SpellingsOfOneUrl_AreOneCopy_AndTheOriginIsAskedInTheFirst(string first)
    {
        await using OriginServer origin = await OriginServer.StartAsync("content"u8.ToArray());
        await using TestServer server = await GatewaySite.StartAsync();

        foreach (string path in (string[])[first, "/pool/foo_1.0%2bb.deb", "/pool/foo_1.0+b.deb", "/pool/foo_1.0%2Bb.deb", "/po%6Fl/foo%5F1.0+b.deb"])
            Assert.EndsWith("content", await GetAsync(server, origin, path), StringComparison.Ordinal);

        Assert.Equal($"GET {first}", Assert.Single(origin.Requests).Line);
        Assert.Single(await server.Entries.EnumerateAsync(Token).Where(entry => ReservedKeys.Contain(entry.Key)).ToListAsync(Token));
    }

    [Fact]
    public async Task Get_ColonOfThePortEscaped_IsFetchedAsPipMeansIt()
    {
        await using OriginServer origin = await OriginServer.StartAsync("content"u8.ToArray());
        await using TestServer server = await GatewaySite.StartAsync();

        string answer = await server.ExchangeAsync(
            $"GET /fetch/http/{origin.Host.Replace(":", "%3A", StringComparison.Ordinal)}/f HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");

        Assert.StartsWith("HTTP/1.1 200 ", answer, StringComparison.Ordinal);
        Assert.EndsWith("content", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Get_CopyOfAnEarlierRelease_IsFoundUnderTheSpellingThatItHad()
    {
        await using OriginServer origin = await OriginServer.StartAsync("content"u8.ToArray());
        await using TestServer server = await GatewaySite.StartAsync();
        Assert.True(OriginUrl.TryParse($"http/{origin.Host}/a%2bb", out OriginUrl? url, out _));
        await GetAsync(server, origin, "/a%2bb");
        EntryKey now = GatewayKeys.ForRecord(url);
        EntryKey then = GatewayKeys.AllForRecords(url)[1];
        SignedEntry note = Assert.Single(await server.Entries.ListAsync(now, Token)).Entry;
        Assert.True(SignedEntry.TryCreate(note.Information.Replace(now.Value, then.Value, StringComparison.Ordinal), "", out SignedEntry? moved, out _));
        await server.Entries.AddAsync(then, moved, Token);
        await server.Entries.DeleteAsync(now, note, Token);

        Assert.Contains("X-Cache: hit", await GetAsync(server, origin, "/a%2bb"), StringComparison.Ordinal);

        Assert.Single(origin.Requests);
    }

    [Theory]
    [InlineData("/%7Eme/")]
    [InlineData("/~me/")]
    public async Task Get_OtherSpellingOfAMovingUrl_MovesToo(string prefix)
    {
        await using OriginServer origin = await OriginServer.StartAsync("content"u8.ToArray(), "\"v1\"");
        await using TestServer server = await GatewaySite.StartAsync(new GatewayOptions
        {
            Origins = [GatewaySite.Pattern("*:*")],
            AllowPrivateAddresses = true,
            MovingPrefixes = [$"http://{origin.Host}{prefix}"],
        });

        await GetAsync(server, origin, "/%7eme/f");
        Assert.Contains("X-Cache: revalidated", await GetAsync(server, origin, "/~me/f"), StringComparison.Ordinal);

        Assert.Equal(2, origin.Requests.Count);
    }

    private static Task<string> GetAsync(TestServer server, OriginServer origin, string path) =>
        server.ExchangeAsync($"GET /fetch/http/{origin.Host}{path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
}
