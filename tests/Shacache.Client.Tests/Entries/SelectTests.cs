using System.Text;
using System.Text.Json;
using Shacache.Client.Entries;
using Shacache.Client.Errors;
using Shacache.Client.Tests.Servers;
using Shacache.Core.Blobs;
using Shacache.Core.Entries;
using Shacache.Core.Signing;

namespace Shacache.Client.Tests.Entries;

public sealed class SelectTests
{
    private const string Url = "http://example.org/a.tar.gz";
    private static readonly EntryKey Key = EntryKeys.ForUrl(Url);
    private static readonly string Sha512 = Digest.Compute("content"u8).ToString();

    [Fact(Timeout = TestTimeout.Milliseconds)]
    public async Task SelectAsync_MixedListing_JudgesEachInOrder()
    {
        string[] listing =
        [
            Pair($$"""{"sha512": "{{Sha512}}", "n": 1}""", null),
            Pair($$"""{"sha512": "{{Sha512}}", "n": 2}""", TestKeys.First),
            Pair($$"""{"sha512": "{{Sha512}}", "n": 3}""", TestKeys.Second),
            """["not json", ""]""",
            "5",
            Pair($$"""{"sha512": "{{Sha512}}", "url": "{{Url}}"}""", TestKeys.First),
            Pair($$"""{"sha512": "{{Sha512}}", "url": "http://example.org/other"}""", TestKeys.First),
            Pair($$"""{"sha512": "{{Sha512}}", "key": "another"}""", TestKeys.First),
            Pair($$"""{"sha512": "{{Sha512}}", "urlmd5": "{{EntryKeys.UrlMd5("other")}}"}""", TestKeys.First),
            Pair($$"""{"sha512": "{{Sha512}}", "expiration_date": "2001-01-01"}""", TestKeys.First),
            Pair($$"""{"sha512": "{{Sha512}}", "key": "{{Key}}"}""", TestKeys.First),
        ];
        await using var server = Listing(listing);
        using TestClient client = Trusting(TestKeys.First, server);

        IReadOnlyList<SelectedEntry> entries = await client.Client.SelectAsync(Key, TestContext.Current.CancellationToken);

        Assert.Equal(
            [
                EntryVerdict.Unsigned, EntryVerdict.Trusted, EntryVerdict.UnknownSigner, EntryVerdict.Trusted, EntryVerdict.OtherKey,
                EntryVerdict.OtherKey, EntryVerdict.OtherKey, EntryVerdict.Expired, EntryVerdict.Trusted,
            ],
            entries.Select(entry => entry.Verdict));
        Assert.All(entries, entry => Assert.Equal(entry.Verdict is not (EntryVerdict.Unsigned or EntryVerdict.UnknownSigner), entry.Signer is not null));
        Assert.Equal("signed by CN=COMP-1", entries[1].Explanation);
        Assert.Equal([$"GET /{Key.ToPathSegment()}"], server.Requests);
        Assert.Equal(2, client.Warnings.Count);
        Assert.All(client.Warnings, warning => Assert.StartsWith($"GET {server.Url}/", warning, StringComparison.Ordinal));

        IReadOnlyList<SelectedEntry> trusted = await client.Client.SelectTrustedAsync(Key, TestContext.Current.CancellationToken);
        Assert.Equal(entries.Where(entry => entry.IsTrusted).Select(entry => entry.Entry), trusted.Select(entry => entry.Entry));
    }

    [Fact(Timeout = TestTimeout.Milliseconds)]
    public async Task SelectAsync_StrongerSignature_IsVerifiedAndCanBeDemanded()
    {
        using var signer = SigningKey.FromPem(TestKeys.First.PrivateKeyPem);
        string strong = StrongSignature.Append($$"""{"sha512": "{{Sha512}}", "n": 1}""", signer);
        await using var server = Listing(
            Pair(strong, TestKeys.First),
            Pair(strong.Replace("\"n\": 1", "\"n\": 2", StringComparison.Ordinal), TestKeys.First),
            Pair($$"""{"sha512": "{{Sha512}}", "sig2": "nonsense"}""", TestKeys.First),
            Pair($$"""{"sha512": "{{Sha512}}"}""", TestKeys.First));
        using TestClient lenient = Trusting(TestKeys.First, server);
        using TestClient strict = TestClient.For(
            options => options with { SignatureCertificateList = TestKeys.First.CertificatePem, SignaturePolicy = SignaturePolicy.Strong }, server);
        CancellationToken token = TestContext.Current.CancellationToken;

        Assert.Equal(
            [EntryVerdict.Trusted, EntryVerdict.Altered, EntryVerdict.Altered, EntryVerdict.Trusted],
            (await lenient.Client.SelectAsync(Key, token)).Select(entry => entry.Verdict));
        Assert.Equal(
            [EntryVerdict.Trusted, EntryVerdict.Altered, EntryVerdict.Altered, EntryVerdict.Weak],
            (await strict.Client.SelectAsync(Key, token)).Select(entry => entry.Verdict));
    }

    [Theory(Timeout = TestTimeout.Milliseconds)]
    [InlineData(false)]
    [InlineData(true)]
    public async Task SelectAsync_NoReadableCertificate_TrustsNothing(bool hasList)
    {
        await using var server = Listing(Pair($$"""{"sha512": "{{Sha512}}"}""", TestKeys.First));
        using TestClient client = TestClient.For(
            options => options with { SignatureCertificateList = hasList ? "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----" : null }, server);
        Assert.Empty(await client.Client.SelectTrustedAsync(Key, TestContext.Current.CancellationToken));
        Assert.Equal(EntryVerdict.UnknownSigner, Assert.Single(await client.Client.SelectAsync(Key, TestContext.Current.CancellationToken)).Verdict);
        Assert.Equal(hasList ? 1 : 0, client.Warnings.Count);
    }

    [Fact(Timeout = TestTimeout.Milliseconds)]
    public async Task SelectAsync_UnknownKey_IsEmpty()
    {
        await using var server = new ScriptedServer(exchange => exchange.AnswerAsync(404));
        using TestClient client = TestClient.For(server);
        Assert.Empty(await client.Client.SelectAsync(Key, TestContext.Current.CancellationToken));
        Assert.Empty(client.Warnings);
    }

    [Fact(Timeout = TestTimeout.Milliseconds)]
    public async Task SelectAsync_SeveralServers_TakesTheFirstThatListsAny()
    {
        await using var down = new ScriptedServer(exchange => exchange.AnswerAsync(500));
        await using var lacks = new ScriptedServer(exchange => exchange.AnswerAsync(404));
        await using var server = Listing(Pair($$"""{"sha512": "{{Sha512}}"}""", TestKeys.First));
        using TestClient client = TestClient.For(options => options with { MaxRetries = 0 }, down, lacks, server);
        Assert.Single(await client.Client.SelectAsync(Key, TestContext.Current.CancellationToken));
        Assert.Contains(down.Url, Assert.Single(client.Warnings), StringComparison.Ordinal);
    }

    [Theory(Timeout = TestTimeout.Milliseconds)]
    [InlineData("<html>log in</html>", "not JSON")]
    [InlineData("{}", "not a JSON array")]
    [InlineData("", "not JSON")]
    [InlineData("[[\"a\", \"\"]", "not JSON")]
    public async Task SelectAsync_AnswerIsNoListing_Throws(string body, string problem)
    {
        await using var server = new ScriptedServer(exchange => exchange.AnswerAsync(200, body));
        using TestClient client = TestClient.For(server);
        NetworkCacheRefusedException e = await Assert.ThrowsAsync<NetworkCacheRefusedException>(
            () => client.Client.SelectAsync(Key, TestContext.Current.CancellationToken));
        Assert.Contains(problem, e.Message, StringComparison.Ordinal);
    }

    [Fact(Timeout = TestTimeout.Milliseconds)]
    public async Task SelectAsync_EndlessListing_IsCut()
    {
        long sent = 0;
        await using var server = new ScriptedServer(async exchange =>
        {
            exchange.Close();
            await exchange.WriteAsync("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n[");
            byte[] filler = Encoding.ASCII.GetBytes(new string(' ', 64 * 1024));
            while (true)
            {
                await exchange.WriteAsync(filler);
                Interlocked.Add(ref sent, filler.Length);
            }
        });
        using TestClient client = TestClient.For(options => options with { MaxListingBytes = 1024 * 1024 }, server);
        NetworkCacheRefusedException e = await Assert.ThrowsAsync<NetworkCacheRefusedException>(
            () => client.Client.SelectAsync(Key, TestContext.Current.CancellationToken));
        Assert.Contains("longer than 1048576 bytes", e.Message, StringComparison.Ordinal);
        Assert.InRange(Interlocked.Read(ref sent), 0, 64 * 1024 * 1024);
    }

    [Fact(Timeout = TestTimeout.Milliseconds)]
    public async Task SelectAsync_ListingLongerThanIsRead_HasTheFirstEntries()
    {
        string digest = new('a', 128);
        string[] pairs = [.. Enumerable.Range(0, 100).Select(i => $$"""["{\"sha512\": \"{{digest}}\", \"n\": {{i}}}", ""]""")];
        await using ScriptedServer server = Listing(pairs);
        using TestClient client = TestClient.For(options => options with { MaxListingBytes = 10 * (pairs[50].Length + 1) }, server);

        IReadOnlyList<SelectedEntry> entries = await client.Client.SelectAsync(Key, TestContext.Current.CancellationToken);

        Assert.InRange(entries.Count, 10, 99);
        Assert.All(entries.Index(), one => Assert.Contains($"\"n\": {one.Index}}}", one.Item.Entry.Information, StringComparison.Ordinal));
        Assert.Contains($"its first {entries.Count} entries are used", Assert.Single(client.Warnings), StringComparison.Ordinal);
    }

    private static ScriptedServer Listing(params string[] pairs) =>
        new(exchange => exchange.AnswerAsync(200, $"[{string.Join(",", pairs)}]", "Content-Type: application/json"));

    private static TestClient Trusting(TestKeys keys, ScriptedServer server) =>
        TestClient.For(options => options with { SignatureCertificateList = keys.CertificatePem }, server);

    private static string Pair(string information, TestKeys? keys)
    {
        using SigningKey? signer = keys is null ? null : SigningKey.FromPem(keys.PrivateKeyPem);
        return JsonSerializer.Serialize(new[] { information, signer?.Sign(information) ?? "" });
    }
}
