using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using Shacache.Core.Blobs;

namespace Shacache.Http.Tests.Tls;

/// <summary>Every surface answers the same over both versions of HTTP, and nothing that the server says or logs is wrong in either.</summary>
public sealed class HttpVersionTests
{
    private static readonly byte[] Bytes = RandomNumberGenerator.GetBytes(300_000);
    private static readonly string Sha512 = Convert.ToHexStringLower(SHA512.HashData(Bytes));

    [Theory]
    [InlineData("1.1")]
    [InlineData("2.0")]
    public async Task Content_UploadAndDownload_AnswersAlike(string version)
    {
        await using TlsSite site = await TlsSite.StartAsync();
        using HttpClient client = site.NewClient(Version.Parse(version));

        Answer posted = await SendAsync(client, HttpMethod.Post, "/shacache", new ByteArrayContent(Bytes));
        Answer put = await SendAsync(client, HttpMethod.Put, $"/shacache/{Sha512}", new ByteArrayContent(Bytes));
        Answer unmeasured = await SendAsync(client, HttpMethod.Post, "/shacache/", new StreamContent(new UnmeasuredStream(Bytes)));
        Answer got = await SendAsync(client, HttpMethod.Get, $"/shacache/{Sha512}");
        Answer head = await SendAsync(client, HttpMethod.Head, $"/shacache/{Sha512}");
        Answer part = await SendAsync(client, HttpMethod.Get, $"/shacache/{Sha512}", range: new RangeHeaderValue(100, 199));
        Answer beyond = await SendAsync(client, HttpMethod.Get, $"/shacache/{Sha512}", range: new RangeHeaderValue(400_000, null));

        Assert.All([posted, put, unmeasured], answer => Assert.Equal((HttpStatusCode.Created, Sha512), (answer.Status, answer.Text)));
        Assert.Equal(HttpStatusCode.OK, got.Status);
        Assert.True(Bytes.AsSpan().SequenceEqual(got.Body));
        Assert.Equal((HttpStatusCode.OK, 0, Bytes.Length), (head.Status, head.Body.Length, head.Length));
        Assert.Equal(HttpStatusCode.PartialContent, part.Status);
        Assert.Equal(Bytes[100..200], part.Body);
        Assert.Equal(HttpStatusCode.RequestedRangeNotSatisfiable, beyond.Status);
        Assert.Empty(site.Server.Log.Lines);
    }

    [Theory]
    [InlineData("1.1")]
    [InlineData("2.0")]
    public async Task Requests_ThatAreRefused_GetTheirLine(string version)
    {
        await using TlsSite site = await TlsSite.StartAsync(new CacheServerOptions { MaxBlobBytes = 200_000 });
        using HttpClient client = site.NewClient(Version.Parse(version));

        Answer[] answers =
        [
            await SendAsync(client, HttpMethod.Get, $"/shacache/{Digest.Empty}"),
            await SendAsync(client, HttpMethod.Put, $"/shacache/{Digest.Empty}", new ByteArrayContent(Bytes[..100])),
            await SendAsync(client, HttpMethod.Post, "/shacache", new ByteArrayContent(Bytes)),
            await SendAsync(client, HttpMethod.Post, "/shacache", new StreamContent(new UnmeasuredStream(Bytes))),
            await SendAsync(client, HttpMethod.Post, "/nowhere", new StreamContent(new UnmeasuredStream(Bytes[..100]))),
            await SendAsync(client, HttpMethod.Delete, "/shadir/key"),
            await SendAsync(client, HttpMethod.Put, "/shadir/key", new StringContent("no JSON")),
            await SendAsync(client, HttpMethod.Post, "/shacache", new ByteArrayContent(Bytes), expectContinue: true),
        ];

        Assert.Equal([404, 400, 413, 413, 404, 405, 400, 413], answers.Select(answer => (int)answer.Status));
        Assert.All(answers, answer => Assert.Matches("^[^\n]{10,}\n$", answer.Text));
        Assert.Equal("ok\n", (await SendAsync(client, HttpMethod.Get, "/healthz")).Text);
        Assert.Empty(site.Server.Log.Lines);
    }

    [Theory]
    [InlineData("1.1")]
    [InlineData("2.0")]
    public async Task Directory_KeyWithEscapes_IsTakenAsItStandsInTheTarget(string version)
    {
        await using TlsSite site = await TlsSite.StartAsync();
        using HttpClient client = site.NewClient(Version.Parse(version));
        string entry = $$"""["{\"sha512\": \"{{Sha512}}\"}", "AAAA"]""";

        Answer put = await SendAsync(client, HttpMethod.Put, "/shadir/a%252Fb", new StringContent(entry));
        Answer got = await SendAsync(client, HttpMethod.Get, "/shadir/a%252Fb?x");
        Answer other = await SendAsync(client, HttpMethod.Get, "/shadir/a%2Fb");

        Assert.Equal(HttpStatusCode.Created, put.Status);
        Assert.Equal(HttpStatusCode.OK, got.Status);
        Assert.Contains(Sha512, got.Text, StringComparison.Ordinal);
        Assert.NotEqual(HttpStatusCode.OK, other.Status);
        Assert.Empty(site.Server.Log.Lines);
    }

    [Theory]
    [InlineData("1.1")]
    [InlineData("2.0")]
    public async Task Home_AskedOverHttps_ShowsHttpsUrls(string version)
    {
        await using TlsSite site = await TlsSite.StartAsync();
        using HttpClient client = site.NewClient(Version.Parse(version));

        Answer page = await SendAsync(client, HttpMethod.Get, "/");

        Assert.Contains($"upload-cache-url = https://127.0.0.1:{site.Server.TlsUrl.Port}/shacache", page.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("http://", page.Text, StringComparison.Ordinal);
    }

    private static async Task<Answer> SendAsync(
        HttpClient client, HttpMethod method, string target, HttpContent? content = null, RangeHeaderValue? range = null, bool expectContinue = false)
    {
        // What stands in a key must reach the server as it is written here.
        var url = new Uri(client.BaseAddress!.GetLeftPart(UriPartial.Authority) + target, new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true });
        using var request = new HttpRequestMessage(method, url) { Content = content, Version = client.DefaultRequestVersion, VersionPolicy = HttpVersionPolicy.RequestVersionExact };
        request.Headers.Range = range;
        request.Headers.ExpectContinue = expectContinue;
        using HttpResponseMessage response = await client.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.Equal(client.DefaultRequestVersion, response.Version);
        if (response.Version.Major == 2)
            Assert.Empty(response.Headers.Connection);
        byte[] body = await response.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken);
        return new Answer(response.StatusCode, body, response.Content.Headers.ContentLength ?? -1);
    }

    private sealed record Answer(HttpStatusCode Status, byte[] Body, long Length)
    {
        public string Text => Encoding.UTF8.GetString(Body);
    }

    /// <summary>A body whose length is not known beforehand.</summary>
    private sealed class UnmeasuredStream(byte[] bytes) : MemoryStream(bytes)
    {
        public override bool CanSeek => false;
    }
}
