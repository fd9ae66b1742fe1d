using System.Net;
using System.Text;
using System.Text.Json;
using Shacache.Core.Blobs;
using Shacache.Core.Entries;
using Shacache.Core.Signing;
using Shacache.Http.Entries;
using Shacache.Http.Gateway.Origins;
using Shacache.Http.Tests.Gateway;

namespace Shacache.Http.Tests.Entries;

public sealed class EntryPolicyTests : IDisposable
{
    private const string Url = "https://example.org/a.tar.gz";
    private static readonly Digest Content = Digest.Compute("content"u8);
    private static readonly string Key = $"file-urlmd5:{UrlMd5.Of(Url)}";

    private readonly SigningKey _builder = SigningKey.Generate(2048);
    private readonly SigningKey _stranger = SigningKey.Generate(2048);
    private readonly TrustedKeys _listed;

    public EntryPolicyTests() => _listed = TrustedKeys.Parse(SignatureCertificate.CreatePem(_builder, "builder", DateTimeOffset.UtcNow));

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _listed.Dispose();
        _builder.Dispose();
        _stranger.Dispose();
    }

    [Fact]
    public async Task Put_NoPolicy_AnyWellFormedEntryIsAccepted()
    {
        await using TestServer server = await StartAsync(new EntryPolicyOptions());
        Assert.Equal(HttpStatusCode.Created, await PutAsync(server, Key, Information(), ""));
    }

    [Fact]
    public async Task Put_RequireSignature_AcceptsOnlyWhatAListedCertificateSigned()
    {
        await using TestServer server = await StartAsync(new EntryPolicyOptions { RequiredSigners = _listed });
        string information = Information();
        string strong = StrongSignature.Append(information, _builder);
        await AssertRefusedAsync(server, HttpStatusCode.Forbidden, "is refused: not signed. Nothing was stored.", information, "");
        await AssertRefusedAsync(server, HttpStatusCode.Forbidden, "not signed by any certificate of the list", information, _stranger.Sign(information));
        await AssertRefusedAsync(server, HttpStatusCode.Forbidden, "not signed by any certificate of the list", information + " ", _builder.Sign(information));
        string foreign = StrongSignature.Append(information, _stranger);
        await AssertRefusedAsync(server, HttpStatusCode.Forbidden, "does not fit the text and the signer", foreign, _builder.Sign(foreign));
        string malformed = strong.Replace("rsa-sha512", "rsa-sha256", StringComparison.Ordinal);
        await AssertRefusedAsync(server, HttpStatusCode.Forbidden, "its stronger signature is malformed", malformed, _builder.Sign(malformed));
        Assert.Equal(HttpStatusCode.NotFound, (await server.Client.GetAsync(PathOf(Key), Token)).StatusCode);

        Assert.Equal(HttpStatusCode.Created, await PutAsync(server, Key, information, _builder.Sign(information)));
        Assert.Equal(HttpStatusCode.Created, await PutAsync(server, Key, strong, _builder.Sign(strong)));
    }

    [Fact]
    public async Task Put_RequireSignatureOfNobody_AcceptsNothing()
    {
        await using TestServer server = await StartAsync(new EntryPolicyOptions { RequiredSigners = TrustedKeys.None });
        await AssertRefusedAsync(server, HttpStatusCode.Forbidden, "require-signature", Information(), _builder.Sign(Information()));
    }

    [Theory]
    [InlineData("", "nothing in it says for which key it is")]
    [InlineData(", \"url\": \"https://example.org/b.tar.gz\"", "it was signed for another URL (https://example.org/b.tar.gz)")]
    [InlineData(", \"key\": \"pypi:foo=1.0\"", "it was signed for another key (pypi:foo=1.0)")]
    [InlineData(", \"key\": \"two\\nlines\"", "nothing in it says for which key it is")]
    [InlineData(", \"urlmd5\": 5, \"key\": [\"KEY\"]", "nothing in it says for which key it is")]
    public async Task Put_RequireKeyBinding_RefusesWhatDoesNotProveItsKey(string members, string expected)
    {
        await using TestServer server = await StartAsync(new EntryPolicyOptions { RequireKeyBinding = true });
        await AssertRefusedAsync(server, HttpStatusCode.BadRequest, expected, Information(members), "");
    }

    [Theory]
    [InlineData(", \"url\": \"https://example.org/a.tar.gz\"")]
    [InlineData(", \"software_url\": \"https://example.org/a.tar.gz\"")]
    [InlineData(", \"urlmd5\": \"MD5\"")]
    [InlineData(", \"key\": \"KEY\"")]
    public async Task Put_RequireKeyBinding_AcceptsWhatProvesItsKey(string members)
    {
        await using TestServer server = await StartAsync(new EntryPolicyOptions { RequireKeyBinding = true });
        string information = Information(members.Replace("KEY", Key, StringComparison.Ordinal).Replace("MD5", UrlMd5.Of(Url), StringComparison.Ordinal));
        Assert.Equal(HttpStatusCode.Created, await PutAsync(server, Key, information, ""));
        if (members.Contains("url", StringComparison.Ordinal))
            Assert.Equal(HttpStatusCode.BadRequest, await PutAsync(server, "pypi:foo=1.0", information, ""));
    }

    [Fact]
    public async Task Put_RequireBlob_AcceptsTheEntryOnceItsContentIsHere()
    {
        await using TestServer server = await StartAsync(new EntryPolicyOptions { RequireBlob = true });
        await AssertRefusedAsync(server, HttpStatusCode.Conflict, $"and {Content} is not. Nothing was stored; upload the object first.", Information(), "");
        using var body = new ByteArrayContent("content"u8.ToArray());
        (await server.Client.PostAsync(new Uri("/shacache", UriKind.Relative), body, Token)).EnsureSuccessStatusCode();
        Assert.Equal(HttpStatusCode.Created, await PutAsync(server, Key, Information(), ""));
    }

    [Fact]
    public async Task Put_MaxEntriesPerKey_StrangersDriveOutEachOtherAndNobodyElse()
    {
        await using TestServer server = await StartAsync(new EntryPolicyOptions { MaxEntriesPerKey = 3, ProtectedSigners = _listed });
        string precious = Information(", \"n\": -1");
        Assert.Equal(HttpStatusCode.Created, await PutAsync(server, Key, precious, _builder.Sign(precious)));
        await Task.WhenAll(Enumerable.Range(0, 24).Select(async number =>
        {
            string information = Information($", \"n\": {number}");
            Assert.Equal(HttpStatusCode.Created, await PutAsync(server, Key, information, number % 2 == 0 ? "" : _stranger.Sign(information)));
        }));
        List<string> listed = await ListAsync(server);
        Assert.Equal(3, listed.Count);
        Assert.Equal(precious, listed[2]);

        string[] more = [Information(", \"n\": -2"), Information(", \"n\": -3")];
        foreach (string information in more)
            Assert.Equal(HttpStatusCode.Created, await PutAsync(server, Key, information, _builder.Sign(information)));
        await AssertRefusedAsync(server, HttpStatusCode.Conflict, "has the 3 entries that it may have (max-entries-per-key)", Information(), "");
        Assert.Equal([more[1], more[0], precious], await ListAsync(server));
    }

    [Fact]
    public async Task Put_MaxEntriesPerKeyWithRequireSignature_ThoseSignersAreProtected()
    {
        await using TestServer server = await StartAsync(new EntryPolicyOptions { MaxEntriesPerKey = 2, RequiredSigners = _listed });
        for (int number = 0; number < 4; number++)
        {
            string information = Information($", \"n\": {number}");
            Assert.Equal(HttpStatusCode.Created, await PutAsync(server, Key, information, _builder.Sign(information)));
        }

        Assert.Equal([Information(", \"n\": 3"), Information(", \"n\": 2")], await ListAsync(server));
    }

    [Fact]
    public async Task Gateway_EntryThatThePolicyRefuses_IsNotListedAndTheFileIsServed()
    {
        await using OriginServer origin = await OriginServer.StartAsync("content"u8.ToArray());
        var gateway = new GatewayOptions { Origins = [GatewaySite.Pattern("*:*")], AllowPrivateAddresses = true };
        await using TestServer server = await TestServer.StartAsync(
            new CacheServerOptions { Gateway = gateway, Entries = new EntryPolicyOptions { RequiredSigners = _listed } });
        var path = new Uri($"/fetch/http/{origin.Host}/a", UriKind.Relative);
        for (int i = 0; i < 2; i++)
            Assert.Equal("content"u8.ToArray(), await server.Client.GetByteArrayAsync(path, Token));
        Assert.Single(origin.Requests);
        string key = $"file-urlmd5:{UrlMd5.Of($"http://{origin.Host}/a")}";
        Assert.Equal(HttpStatusCode.NotFound, (await server.Client.GetAsync(PathOf(key), Token)).StatusCode);
    }

    private static Task<TestServer> StartAsync(EntryPolicyOptions policy) => TestServer.StartAsync(new CacheServerOptions { Entries = policy });

    private static string Information(string members = "") => $"{{\"sha512\": \"{Content}\"{members}}}";

    private static Uri PathOf(string key) => new($"/shadir/{Uri.EscapeDataString(key)}", UriKind.Relative);

    private static async Task<HttpStatusCode> PutAsync(TestServer server, string key, string information, string signature)
    {
        using HttpResponseMessage answer = await SendAsync(server, key, information, signature);
        return answer.StatusCode;
    }

    private static async Task<HttpResponseMessage> SendAsync(TestServer server, string key, string information, string signature)
    {
        using var body = new ByteArrayContent(Encoding.UTF8.GetBytes(JsonSerializer.Serialize<string[]>([information, signature])));
        return await server.Client.PutAsync(PathOf(key), body, Token);
    }

    private static async Task AssertRefusedAsync(TestServer server, HttpStatusCode status, string line, string information, string signature)
    {
        using HttpResponseMessage answer = await SendAsync(server, Key, information, signature);
        Assert.Equal(status, answer.StatusCode);
        await ErrorLine.AssertAsync(answer, line);
    }

    private static async Task<List<string>> ListAsync(TestServer server)
    {
        string text = await server.Client.GetStringAsync(PathOf(Key), Token);
        return [.. JsonSerializer.Deserialize<string[][]>(text)!.Select(pair => pair[0])];
    }
}
