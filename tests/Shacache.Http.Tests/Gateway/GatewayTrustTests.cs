using System.Net;
using System.Text;
using System.Text.Json;
using Shacache.Core.Blobs;
using Shacache.Core.Entries;
using Shacache.Core.Signing;
using Shacache.Http.Entries;
using Shacache.Http.Gateway;
using Shacache.Http.Gateway.Origins;

namespace Shacache.Http.Tests.Gateway;

/// <summary>Whose word the gateway takes for what a URL is: its users verify nothing.</summary>
public sealed class GatewayTrustTests
{
    private static readonly byte[] Genuine = "genuine"u8.ToArray();
    private static readonly byte[] Evil = "evil"u8.ToArray();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Get_EntriesThatAnybodyPut_AreNotBelieved()
    {
        using var stranger = SigningKey.Generate(2048);
        await using OriginServer origin = await OriginServer.StartAsync(Genuine);
        await using TestServer server = await GatewaySite.StartAsync();
        OriginUrl url = UrlOf(origin);
        await UploadAsync(server, Evil);
        foreach (string signature in (string[])["", "AAAA", stranger.Sign(Information(url, Evil))])
            Assert.Equal(HttpStatusCode.Created, await PutAsync(server, GatewayKeys.ForClients(url), Information(url, Evil), signature));

        Assert.Equal(Genuine, await server.Client.GetByteArrayAsync(PathOf(origin), Token));
        Assert.Equal(Genuine, await server.Client.GetByteArrayAsync(PathOf(origin), Token));
        Assert.Single(origin.Requests);
    }

    [Theory]
    [InlineData("/f?access_token=sesame")]
    [InlineData("/f?X-Amz-Signature=sesame&b=2")]
    [InlineData("/ghp_sesame0123456789012345678901234567/f")]
    public async Task Get_UrlWithACredential_IsKept_AndNobodyElseCanReadIt(string pathAndQuery)
    {
        await using OriginServer origin = await OriginServer.StartAsync(Genuine);
        await using TestServer server = await GatewaySite.StartAsync();
        string path = $"/fetch/http/{origin.Host}{pathAndQuery}";

        using HttpResponseMessage first = await server.Client.GetAsync(path, Token);
        using HttpResponseMessage second = await server.Client.GetAsync(path, Token);

        Assert.Equal(Genuine, await first.Content.ReadAsByteArrayAsync(Token));
        Assert.Equal("hit", Assert.Single(second.Headers.GetValues("X-Cache")));
        Assert.Equal(Genuine, await second.Content.ReadAsByteArrayAsync(Token));
        Assert.Equal($"GET {pathAndQuery}", Assert.Single(origin.Requests).Line);
        StoredEntry note = Assert.Single(await server.Entries.EnumerateAsync(Token).ToListAsync(Token));
        Assert.True(ReservedKeys.Contain(note.Key));
        Assert.DoesNotContain("sesame", note.Entry.Information, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Put_UnderAKeyOfTheGateway_Is403()
    {
        await using OriginServer origin = await OriginServer.StartAsync(Genuine);
        await using TestServer server = await GatewaySite.StartAsync();
        await using TestServer withoutGateway = await TestServer.StartAsync();
        OriginUrl url = UrlOf(origin);
        EntryKey record = GatewayKeys.ForRecord(url);
        await UploadAsync(server, Evil);

        Assert.Equal(HttpStatusCode.Forbidden, await PutAsync(server, record, Information(url, Evil), ""));
        Assert.Equal(HttpStatusCode.Forbidden, await PutAsync(withoutGateway, record, Information(url, Evil), ""));

        // The same key, written in other ways.
        using var escaped = new StringContent(Pair(Information(url, Evil), ""));
        string path = $"{server.Url}shadir/{string.Concat(record.Value.Select(c => $"%{(int)c:X2}"))}";
        using HttpResponseMessage answer = await server.Client.PutAsync(
            new Uri(path, new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true }), escaped, Token);
        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
        Assert.Equal(Genuine, await server.Client.GetByteArrayAsync(PathOf(origin), Token));
    }

    [Fact]
    public async Task Get_EntryOfATrustedCertificate_IsAnsweredWithoutTheOrigin()
    {
        using var builder = SigningKey.Generate(2048);
        using var trusted = TrustedKeys.Parse(SignatureCertificate.CreatePem(builder, "builder", TimeProvider.System.GetUtcNow()));
        await using OriginServer origin = await OriginServer.StartAsync(Genuine);
        await using TestServer server = await GatewaySite.StartAsync(Options(trusted: trusted));
        OriginUrl url = UrlOf(origin);
        byte[] older = "older, but signed"u8.ToArray();
        await UploadAsync(server, older);
        await PutAsync(server, GatewayKeys.ForClients(url), Information(url, older), builder.Sign(Information(url, older)));

        Assert.Equal(older, await server.Client.GetByteArrayAsync(PathOf(origin), Token));
        Assert.Empty(origin.Requests);
    }

    [Fact]
    public async Task Get_TrustedEntryOfAnOlderBuildout_IsAnsweredWithoutTheOrigin()
    {
        using var builder = SigningKey.Generate(2048);
        using var trusted = TrustedKeys.Parse(SignatureCertificate.CreatePem(builder, "builder", TimeProvider.System.GetUtcNow()));
        await using OriginServer origin = await OriginServer.StartAsync(Genuine);
        await using TestServer server = await GatewaySite.StartAsync(Options(trusted: trusted));
        OriginUrl url = UrlOf(origin);
        byte[] older = "older, but signed"u8.ToArray();
        await UploadAsync(server, older);
        string information = $$"""{"file_name": "f.tar.gz", "urlmd5": "{{url.Md5}}", "sha512": "{{Digest.Compute(older)}}"}""";
        await PutAsync(server, EntryKey.Create($"slapos-buildout-{url.Md5}"), information, builder.Sign(information));

        Assert.Equal(older, await server.Client.GetByteArrayAsync(PathOf(origin), Token));
        Assert.Empty(origin.Requests);
    }

    [Fact]
    public async Task Get_TrustedEntryOfAnotherUrlOrOfNone_IsNotBelieved()
    {
        using var builder = SigningKey.Generate(2048);
        using var trusted = TrustedKeys.Parse(SignatureCertificate.CreatePem(builder, "builder", TimeProvider.System.GetUtcNow()));
        await using OriginServer origin = await OriginServer.StartAsync(Genuine);
        await using TestServer server = await GatewaySite.StartAsync(Options(trusted: trusted));
        OriginUrl url = UrlOf(origin);
        Assert.True(OriginUrl.TryParse("https/example.org/other", out OriginUrl? other, out _));
        await UploadAsync(server, Evil);
        string digest = Digest.Compute(Evil).ToString();
        foreach (string replayed in (string[])
        [
            Information(other, Evil),
            $$"""{"sha512": "{{digest}}"}""",
            $$"""{"sha512": "{{digest}}", "urlmd5": "{{other.Md5}}"}""",
            $$"""{"sha512": "{{digest}}", "key": "pypi:foo=1.0", "url": "{{url.Text}}"}""",
        ])
        {
            Assert.Equal(HttpStatusCode.Created, await PutAsync(server, GatewayKeys.ForClients(url), replayed, builder.Sign(replayed)));
        }

        Assert.Equal(Genuine, await server.Client.GetByteArrayAsync(PathOf(origin), Token));
    }

    [Fact]
    public async Task Get_WithSigningKey_ListsASignedEntryForClients_AndBelievesIt()
    {
        using var key = SigningKey.Generate(2048);
        using var trusted = TrustedKeys.Parse(SignatureCertificate.CreatePem(key, "gateway", TimeProvider.System.GetUtcNow()));
        await using OriginServer origin = await OriginServer.StartAsync(Genuine, "\"v1\"");
        await using TestServer server = await GatewaySite.StartAsync(Options(signingKey: key));
        OriginUrl url = UrlOf(origin);

        await server.Client.GetByteArrayAsync(PathOf(origin), Token);

        SignedEntry entry = Assert.Single(await server.Entries.ListAsync(GatewayKeys.ForClients(url), Token)).Entry;
        Assert.True(SignatureVerdict.Of(entry, trusted).Satisfies(SignaturePolicy.Strong));
        Assert.Equal(Digest.Compute(Genuine), entry.Digest);
        using JsonDocument information = JsonDocument.Parse(entry.Information);
        Assert.Equal(url.Text, information.RootElement.GetProperty("url").GetString());
        Assert.Equal("f.tar.gz", information.RootElement.GetProperty("file_name").GetString());
        Assert.Equal("\"v1\"", information.RootElement.GetProperty("ETag").GetString());

        // Its own notes are gone; what it signed is still its word.
        EntryKey record = GatewayKeys.ForRecord(url);
        foreach (StoredEntry note in await server.Entries.ListAsync(record, Token))
            Assert.True(await server.Entries.DeleteAsync(record, note.Entry, Token));
        Assert.Equal(Genuine, await server.Client.GetByteArrayAsync(PathOf(origin), Token));
        Assert.Single(origin.Requests);
    }

    [Fact]
    public async Task Get_WithoutSigningKey_ListsAnUnsignedEntryForClients()
    {
        await using OriginServer origin = await OriginServer.StartAsync(Genuine);
        await using TestServer server = await GatewaySite.StartAsync();

        await server.Client.GetByteArrayAsync(PathOf(origin), Token);

        StoredEntry stored = Assert.Single(await server.Entries.ListAsync(GatewayKeys.ForClients(UrlOf(origin)), Token));
        Assert.Equal("", stored.Entry.Signature);
        Assert.Equal(Digest.Compute(Genuine), stored.Entry.Digest);
    }

    private static GatewayOptions Options(SigningKey? signingKey = null, TrustedKeys? trusted = null) => new()
    {
        Origins = [GatewaySite.Pattern("*:*")],
        AllowPrivateAddresses = true,
        SigningKey = signingKey,
        TrustedKeys = trusted ?? TrustedKeys.None,
    };

    private static string PathOf(OriginServer origin) => $"/fetch/http/{origin.Host}/d/f.tar.gz";

    private static OriginUrl UrlOf(OriginServer origin)
    {
        Assert.True(OriginUrl.TryParse($"http/{origin.Host}/d/f.tar.gz", out OriginUrl? url, out _));
        return url;
    }

    private static string Information(OriginUrl url, byte[] content) => $$"""{"sha512": "{{Digest.Compute(content)}}", "url": "{{url.Text}}"}""";

    private static string Pair(string information, string signature) => JsonSerializer.Serialize<string[]>([information, signature]);

    private static async Task UploadAsync(TestServer server, byte[] content)
    {
        using var body = new ByteArrayContent(content);
        using HttpResponseMessage answer = await server.Client.PostAsync("/shacache", body, Token);
        Assert.Equal(HttpStatusCode.Created, answer.StatusCode);
    }

    private static async Task<HttpStatusCode> PutAsync(TestServer server, EntryKey key, string information, string signature)
    {
        using var body = new StringContent(Pair(information, signature), Encoding.UTF8, "application/json");
        using HttpResponseMessage answer = await server.Client.PutAsync($"/shadir/{key.ToPathSegment()}", body, Token);
        return answer.StatusCode;
    }
}
