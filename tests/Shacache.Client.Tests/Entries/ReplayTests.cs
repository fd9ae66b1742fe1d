using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Shacache.Client.Configuration;
using Shacache.Client.Entries;
using Shacache.Client.Tests.Servers;
using Shacache.Core.Blobs;
using Shacache.Core.Entries;
using Shacache.Core.Signing;
using Shacache.Testing;

namespace Shacache.Client.Tests.Entries;

/// <summary>A valid entry, copied under another key of the real server, which takes it: the client must see through that.</summary>
public sealed class ReplayTests
{
    private const string Url = "https://example.org/a.tar.gz";
    private const string OtherUrl = "https://example.org/b.tar.gz";

    public static TheoryData<string, string, string, string> Copies() => new()
    {
        { "release", "SOFTWARE", $$"""{"software_url": "{{Url}}"}""", $"a replay: it was signed for another URL ({Url})" },
        { "release with urlmd5", "SOFTWARE", $$"""{"urlmd5": "{{EntryKeys.UrlMd5(Url)}}"}""", $"a replay: it was signed for another URL (member urlmd5 is {EntryKeys.UrlMd5(Url)})" },
        { "file", "FILE", $$"""{"url": "{{Url}}"}""", $"a replay: it was signed for another URL ({Url})" },
        { "file of older buildouts", "OLDER", $$"""{"file_name": "a", "urlmd5": "{{EntryKeys.UrlMd5(Url)}}"}""", $"a replay: it was signed for another URL (member urlmd5 is {EntryKeys.UrlMd5(Url)})" },
        { "index page", "INDEX", $$"""{"base": "x", "urlmd5": "{{EntryKeys.UrlMd5(Url)}}"}""", $"a replay: it was signed for another URL (member urlmd5 is {EntryKeys.UrlMd5(Url)})" },
        { "any key", "PLAIN", """{"key": "PLAIN"}""", "a replay: it was signed for another key (plain-a)" },
        { "file with key", "FILE", $$"""{"key": "FILE"}""", $"a replay: it was signed for another key ({EntryKeys.ForUrl(Url)})" },
        { "two members that disagree", "FILE", $$"""{"url": "{{OtherUrl}}", "urlmd5": "{{EntryKeys.UrlMd5(Url)}}"}""", $"a replay: it was signed for another URL (member urlmd5 is {EntryKeys.UrlMd5(Url)})" },
    };

    [Theory(Timeout = TestTimeout.Milliseconds)]
    [MemberData(nameof(Copies))]
    public async Task SelectAsync_EntryCopiedUnderAnotherKey_IsRefusedAndSaysSo(string name, string kind, string metadata, string explanation)
    {
        CancellationToken token = TestContext.Current.CancellationToken;
        await using CacheServer server = await CacheServer.StartAsync(token);
        EntryKey own = KeyOf(kind, Url, "a");
        EntryKey foreign = KeyOf(kind, OtherUrl, "b");
        string pair = SignedPair(metadata.Replace(kind, own.Value, StringComparison.Ordinal));
        await PutAsync(server, own, pair, token);
        await PutAsync(server, foreign, pair, token);
        foreach (KeyBinding binding in Enum.GetValues<KeyBinding>())
        {
            using TestClient client = Trusting(server, binding);
            if (name != "two members that disagree")
            {
                SelectedEntry original = Assert.Single(await client.Client.SelectAsync(own, token));
                Assert.Equal((EntryVerdict.Trusted, BindingState.Proven), (original.Verdict, original.Binding.State));
            }

            SelectedEntry copy = Assert.Single(await client.Client.SelectAsync(foreign, token));
            Assert.Equal((EntryVerdict.OtherKey, BindingState.Contradicted, explanation), (copy.Verdict, copy.Binding.State, copy.Explanation));
            Assert.Equal("CN=COMP-1", copy.Signer?.Subject);
            Assert.Empty(await client.Client.SelectTrustedAsync(foreign, token));
        }
    }

    [Fact(Timeout = TestTimeout.Milliseconds)]
    public async Task SelectAsync_EntryOfThisClientCopied_IsRefusedByItsKey()
    {
        CancellationToken token = TestContext.Current.CancellationToken;
        await using CacheServer server = await CacheServer.StartAsync(token);
        using var folder = new TemporaryFolder();
        await File.WriteAllTextAsync(folder["key"], TestKeys.First.PrivateKeyPem, token);
        using TestClient client = Trusting(server, KeyBinding.Strict, folder["key"]);
        SignedEntry entry = await client.Client.IndexAsync(EntryKey.Create("pypi:a=1"), Digest.Empty, new JsonObject { ["basename"] = "a-1.tar.gz" }, token);
        await PutAsync(server, EntryKey.Create("pypi:b=1"), JsonSerializer.Serialize(new[] { entry.Information, entry.Signature }), token);

        SelectedEntry original = Assert.Single(await client.Client.SelectAsync(EntryKey.Create("pypi:a=1"), token));
        Assert.Equal((EntryVerdict.Trusted, StrongProof.Valid, "it names this key"), (original.Verdict, original.Strong, original.Binding.Explanation));
        SelectedEntry copy = Assert.Single(await client.Client.SelectAsync(EntryKey.Create("pypi:b=1"), token));
        Assert.Equal((EntryVerdict.OtherKey, "a replay: it was signed for another key (pypi:a=1)"), (copy.Verdict, copy.Explanation));
    }

    [Theory(Timeout = TestTimeout.Milliseconds)]
    [InlineData("FILE", """{"file_name": "a.tar.gz"}""")]
    [InlineData("SOFTWARE", """{"machine": "x86_64", "os": "('debian', '7.0', '')"}""")]
    [InlineData("PLAIN", """{"url": "https://example.org/anything", "key": 5}""")]
    [InlineData("GIT", """{"file_name": "notused", "urlmd5": "notused", "revision": "abc", "timestamp": 1.5}""")]
    public async Task SelectAsync_OldEntryThatSaysNothingOfItsKey_IsTrustedUnlessStrict(string kind, string metadata)
    {
        CancellationToken token = TestContext.Current.CancellationToken;
        await using CacheServer server = await CacheServer.StartAsync(token);
        EntryKey key = KeyOf(kind, Url, "a");
        await PutAsync(server, key, SignedPair(metadata), token);

        using TestClient provable = Trusting(server, KeyBinding.Provable), strict = Trusting(server, KeyBinding.Strict);
        SelectedEntry accepted = Assert.Single(await provable.Client.SelectAsync(key, token));
        Assert.Equal((EntryVerdict.Trusted, BindingState.Absent), (accepted.Verdict, accepted.Binding.State));
        SelectedEntry refused = Assert.Single(await strict.Client.SelectAsync(key, token));
        Assert.Equal(
            (EntryVerdict.Unbound, BindingState.Absent, "nothing in it says for which key it is, and key-binding is strict"),
            (refused.Verdict, refused.Binding.State, refused.Explanation));
    }

    [Fact]
    public void Judge_KeyNotKnown_SaysForWhichItIs()
    {
        using var client = new TestClient(options => options with { SignatureCertificateList = TestKeys.First.CertificatePem, KeyBinding = KeyBinding.Strict });
        string[] pair = JsonSerializer.Deserialize<string[]>(SignedPair("""{"key": "a"}"""))!;
        Assert.True(SignedEntry.TryCreate(pair[0], pair[1], out SignedEntry? entry, out _));
        SelectedEntry judged = client.Client.Judge(null, entry);
        Assert.Equal((EntryVerdict.Trusted, BindingState.NotAsked), (judged.Verdict, judged.Binding.State));
        Assert.StartsWith("it is for key a;", judged.Binding.Explanation, StringComparison.Ordinal);
        Assert.Equal(EntryVerdict.OtherKey, client.Client.Judge(EntryKey.Create("b"), entry).Verdict);
    }

    private static EntryKey KeyOf(string kind, string url, string suffix) => kind switch
    {
        "SOFTWARE" => EntryKeys.ForSoftwareRelease(url),
        "FILE" => EntryKeys.ForUrl(url),
        "OLDER" => EntryKeys.ForUrlInOlderBuildouts(url),
        "GIT" => EntryKeys.ForGitRepository(url),
        "INDEX" => EntryKeys.ForPythonIndex(url, "foo"),
        _ => EntryKey.Create($"plain-{suffix}"),
    };

    /// <summary>A pair as deployed clients sign it: SHA-1 alone, and nothing but these members.</summary>
    private static string SignedPair(string metadata)
    {
        string information = $$"""{"sha512": "{{Digest.Empty}}", {{metadata[1..]}}""";
        using var key = SigningKey.FromPem(TestKeys.First.PrivateKeyPem);
        return JsonSerializer.Serialize(new[] { information, key.Sign(information) });
    }

    private static async Task PutAsync(CacheServer server, EntryKey key, string pair, CancellationToken cancellationToken)
    {
        using var http = new HttpClient();
        using var body = new StringContent(pair, Encoding.UTF8, "application/json");
        using HttpResponseMessage answer = await http.PutAsync($"{server.Url}/shadir/{key.ToPathSegment()}", body, cancellationToken);
        Assert.Equal(HttpStatusCode.Created, answer.StatusCode);
    }

    private static TestClient Trusting(CacheServer server, KeyBinding binding, string? keyFile = null) => new(
        options => options with
        {
            SignatureCertificateList = TestKeys.Second.CertificatePem + "\n" + TestKeys.First.CertificatePem,
            SignaturePrivateKeyFile = keyFile,
            KeyBinding = binding,
        },
        urls: $"{server.Url}/shadir");
}
