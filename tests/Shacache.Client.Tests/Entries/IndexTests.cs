using System.Collections.Concurrent;
using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using Shacache.Client.Errors;
using Shacache.Client.Tests.Servers;
using Shacache.Core.Blobs;
using Shacache.Core.Entries;
using Shacache.Core.Signing;
using Shacache.Testing;

namespace Shacache.Client.Tests.Entries;

public sealed class IndexTests : IDisposable
{
    private static readonly Digest Name = Digest.Compute("content"u8);
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact(Timeout = TestTimeout.Milliseconds)]
    public async Task IndexAsync_WithKey_PutsWhatPythonClientsRead()
    {
        var cache = new FakeCache();
        await using var server = new ScriptedServer(cache.AnswerAsync);
        using TestClient client = Signing(server, TestKeys.First, TestKeys.First.CertificatePem);
        var key = EntryKey.Create("pypi:foo=1.0 é");

        SignedEntry entry = await client.Client.IndexAsync(
            key, Name, new JsonObject { ["url"] = "http://example.org/é", ["n"] = 1.5 }, TestContext.Current.CancellationToken);

        Assert.StartsWith(
            $$"""{"sha512": "{{Name}}", "url": "http://example.org/\u00e9", "n": 1.5, "key": "pypi:foo=1.0 \u00e9", "created": "20""",
            entry.Information, StringComparison.Ordinal);
        Assert.Equal(["GET /pypi%3Afoo%3D1.0%20%C3%A9", "PUT /pypi%3Afoo%3D1.0%20%C3%A9"], server.Requests);
        string[] pair = JsonSerializer.Deserialize<string[]>(cache.Entries.Single().Value.Single())!;
        Assert.Equal([entry.Information, entry.Signature], pair);
        var verdict = SignatureVerdict.Of(entry, client.Client.TrustedKeys);
        Assert.Same(client.Client.TrustedKeys.Keys[0], verdict.Signer);
        Assert.Equal(StrongProof.Valid, verdict.Strong);
    }

    [Theory(Timeout = TestTimeout.Milliseconds)]
    [InlineData(true)]
    [InlineData(false)]
    public async Task IndexAsync_SameIsListedAlready_AddsNothing(bool isSigned)
    {
        var cache = new FakeCache();
        await using var server = new ScriptedServer(cache.AnswerAsync);
        using TestClient client = isSigned ? Signing(server, TestKeys.First, TestKeys.First.CertificatePem) : TestClient.For(server);

        SignedEntry first = await IndexAsync(client, Name);
        SignedEntry again = await IndexAsync(client, Name);

        Assert.Equal(first, again);
        Assert.Single(cache.Entries["k"]);
    }

    [Fact(Timeout = TestTimeout.Milliseconds)]
    public async Task IndexAsync_AnythingElseIsListed_IsAdded()
    {
        var cache = new FakeCache();
        await using var server = new ScriptedServer(cache.AnswerAsync);
        using TestClient unsigned = TestClient.For(server);
        await IndexAsync(unsigned, Name);
        using (TestClient other = Signing(server, TestKeys.Second, TestKeys.Second.CertificatePem))
            await IndexAsync(other, Name);

        using TestClient client = Signing(server, TestKeys.First, TestKeys.First.CertificatePem);
        await IndexAsync(client, Name);
        await IndexAsync(client, Name, """{"file_name": "other"}""");
        await IndexAsync(client, Digest.Compute("other"u8));

        Assert.Equal(5, cache.Entries["k"].Count);
    }

    [Fact(Timeout = TestTimeout.Milliseconds)]
    public async Task IndexAsync_OtherContentIsListedBeforeTheSame_IsTheNewestAgain()
    {
        var cache = new FakeCache();
        await using var server = new ScriptedServer(cache.AnswerAsync);
        using TestClient client = Signing(server, TestKeys.First, TestKeys.First.CertificatePem);

        await IndexAsync(client, Name);
        await IndexAsync(client, Digest.Compute("other"u8));
        await IndexAsync(client, Name);

        Assert.Equal(3, cache.Entries["k"].Count);
        Assert.Equal(Name, (await client.Client.SelectTrustedAsync(EntryKey.Create("k"), TestContext.Current.CancellationToken))[0].Entry.Digest);
    }

    [Fact(Timeout = TestTimeout.Milliseconds)]
    public async Task IndexAsync_TwoPlatformsInTurn_AreListedOnceEach()
    {
        var cache = new FakeCache();
        await using var server = new ScriptedServer(cache.AnswerAsync);
        using TestClient client = Signing(server, TestKeys.First, TestKeys.First.CertificatePem);

        for (int round = 0; round < 3; round++)
        {
            await IndexAsync(client, Name, """{"os": ["debian", "12", "bookworm"]}""");
            await IndexAsync(client, Digest.Compute("other"u8), """{"os": ["debian", "11", "bullseye"]}""");
        }

        Assert.Equal(2, cache.Entries["k"].Count);
    }

    [Theory(Timeout = TestTimeout.Milliseconds)]
    [InlineData("X-Cache-Upstream: u", 3)]
    [InlineData("X-Cache-Own: 0", 3)]
    [InlineData("X-Cache-Own: 1", 1)]
    [InlineData("X-Cache-Own: 2", 1)]
    [InlineData("X-Cache-Own: many", 3)]
    public async Task IndexAsync_SameIsListedByAServerWithUpstreams_CountsWhenItIsItsOwn(string header, int expected)
    {
        var cache = new FakeCache();
        await using var server = new ScriptedServer(exchange => exchange.Method == "GET" && cache.Entries.TryGetValue("k", out ConcurrentStack<string>? pairs)
            ? exchange.AnswerAsync(200, $"[{string.Join(", ", pairs)}]", "Content-Type: application/json", "X-Cache: HIT", header)
            : cache.AnswerAsync(exchange));
        using TestClient client = Signing(server, TestKeys.First, TestKeys.First.CertificatePem);

        for (int i = 0; i < 3; i++)
            await IndexAsync(client, Name);

        Assert.Equal(expected, cache.Entries["k"].Count);
    }

    [Fact(Timeout = TestTimeout.Milliseconds)]
    public async Task IndexAsync_ServerShowsNoListing_IsPut()
    {
        var cache = new FakeCache();
        await using var server = new ScriptedServer(exchange => exchange.Method == "GET" ? exchange.AnswerAsync(403) : cache.AnswerAsync(exchange));
        using TestClient client = TestClient.For(server);

        await IndexAsync(client, Name);

        Assert.Single(cache.Entries["k"]);
        Assert.Empty(client.Warnings);
    }

    [Fact(Timeout = TestTimeout.Milliseconds)]
    public async Task IndexAsync_WithoutKey_IsUnsigned()
    {
        await using var server = new ScriptedServer(new FakeCache().AnswerAsync);
        using TestClient client = TestClient.For(server);
        SignedEntry entry = await client.Client.IndexAsync(EntryKey.Create("k"), Name, null, TestContext.Current.CancellationToken);
        Assert.Equal("", entry.Signature);
    }

    [Theory(Timeout = TestTimeout.Milliseconds)]
    [InlineData("other")]
    [InlineData("unreadable")]
    [InlineData("none")]
    public async Task UploadAndIndex_KeyNotInTheList_AreRefusedBeforeAnythingIsSent(string list)
    {
        await using var server = new ScriptedServer(new FakeCache().AnswerAsync);
        using TestClient client = Signing(server, TestKeys.First, list switch
        {
            "other" => TestKeys.Second.CertificatePem,
            "unreadable" => "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----",
            _ => null,
        });
        CancellationToken token = TestContext.Current.CancellationToken;

        await Assert.ThrowsAsync<UntrustedSigningKeyException>(() => client.Client.IndexAsync(EntryKey.Create("k"), Name, null, token));
        UntrustedSigningKeyException e =
            await Assert.ThrowsAsync<UntrustedSigningKeyException>(() => client.Client.UploadAsync(new MemoryStream([1]), null, token));

        Assert.Contains("signature-certificate-list", e.Message, StringComparison.Ordinal);
        Assert.Empty(server.Requests);
        Assert.Equal(list == "unreadable" ? 1 : 0, client.Warnings.Count);
    }

    [Fact(Timeout = TestTimeout.Milliseconds)]
    public async Task IndexAsync_NoReadableKeyFile_NamesTheOption()
    {
        await using var server = new ScriptedServer(new FakeCache().AnswerAsync);
        using TestClient client = TestClient.For(options => options with { SignaturePrivateKeyFile = "/nowhere/signature.key" }, server);
        NetworkCacheConfigurationException e = await Assert.ThrowsAsync<NetworkCacheConfigurationException>(
            () => client.Client.IndexAsync(EntryKey.Create("k"), Name, null, TestContext.Current.CancellationToken));
        Assert.Equal("signature-private-key-file", e.Option);
        Assert.StartsWith("/nowhere/signature.key, which signature-private-key-file of section [networkcache] names", e.Message, StringComparison.Ordinal);
    }

    [Theory(Timeout = TestTimeout.Milliseconds)]
    [InlineData("""{"sha512": "00"}""")]
    [InlineData("""{"key": "another"}""")]
    [InlineData("""{"expiration_date": "soon"}""")]
    [InlineData("""{"sig2": ""}""")]
    public async Task IndexAsync_MetadataThatContradict_AreRefused(string metadata)
    {
        await using var server = new ScriptedServer(new FakeCache().AnswerAsync);
        using TestClient client = TestClient.For(server);
        await Assert.ThrowsAsync<ArgumentException>(() => client.Client.IndexAsync(
            EntryKey.Create("k"), Name, JsonNode.Parse(metadata)!.AsObject(), TestContext.Current.CancellationToken));
        Assert.Empty(server.Requests);
    }

    [Fact(Timeout = TestTimeout.Milliseconds)]
    public async Task IndexAsync_Refused_SaysWhatTheServerSaid()
    {
        await using var server = new ScriptedServer(async exchange =>
        {
            if (exchange.Method == "PUT")
                await exchange.ReadBodyAsync();
            await exchange.AnswerAsync(400, "The entry is not signed.\n");
        });
        using TestClient client = TestClient.For(server);
        NetworkCacheRefusedException e = await Assert.ThrowsAsync<NetworkCacheRefusedException>(
            () => client.Client.IndexAsync(EntryKey.Create("k"), Name, null, TestContext.Current.CancellationToken));
        Assert.Equal(HttpStatusCode.BadRequest, e.StatusCode);
        Assert.Equal($"PUT {server.Url}/k: the server answered 400 Status (The entry is not signed.).", e.Message);
    }

    private static Task<SignedEntry> IndexAsync(TestClient client, Digest digest, string metadata = "{}") =>
        client.Client.IndexAsync(EntryKey.Create("k"), digest, (JsonObject)JsonNode.Parse(metadata)!, TestContext.Current.CancellationToken);

    private TestClient Signing(ScriptedServer server, TestKeys keys, string? list)
    {
        string path = _folder["signature.key"];
        File.WriteAllText(path, keys.PrivateKeyPem);
        return TestClient.For(options => options with { SignaturePrivateKeyFile = path, SignatureCertificateList = list }, server);
    }
}
