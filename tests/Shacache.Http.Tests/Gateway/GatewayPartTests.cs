using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Http;
using Shacache.Http.Gateway.Origins;

namespace Shacache.Http.Tests.Gateway;

/// <summary>Parts, comparisons and heads of files that are not here: none of them waits for the whole. The origin holds its file back after a while.</summary>
public sealed class GatewayPartTests : IAsyncLifetime
{
    private const int SentBytes = 200_000;
    private const string Tag = "\"v1\"";

    private readonly byte[] _file = RandomNumberGenerator.GetBytes(1_000_000);
    private readonly TaskCompletionSource _rest = new();
    private OriginServer _origin = null!;
    private TestServer _server = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private string Path => $"/fetch/http/{_origin.Host}/f";

    public async ValueTask InitializeAsync()
    {
        _origin = await OriginServer.StartAsync(AnswerAsync);
        _server = await TestServer.StartAsync(
            new CacheServerOptions { Gateway = new GatewayOptions { Origins = [GatewaySite.Pattern("*:*")], AllowPrivateAddresses = true } }, accessLog: true);
    }

    public async ValueTask DisposeAsync()
    {
        _rest.TrySetResult();
        await _server.DisposeAsync();
        await _origin.DisposeAsync();
    }

    [Theory]
    [InlineData(300_000, 300_099)]
    [InlineData(0, 99)]
    [InlineData(999_990, null)]
    [InlineData(null, 10)]
    public async Task Get_PartOfWhatIsNotHere_ComesFromTheOrigin_AndIsNotKept(int? from, int? to)
    {
        using HttpResponseMessage answer = await GetAsync(headers => headers.Range = new RangeHeaderValue(from, to));

        int first = from ?? _file.Length - to!.Value;
        int last = from is null ? _file.Length - 1 : to ?? _file.Length - 1;
        Assert.Equal(HttpStatusCode.PartialContent, answer.StatusCode);
        Assert.Equal($"bytes {first}-{last}/{_file.Length}", answer.Content.Headers.ContentRange!.ToString());
        Assert.Equal(Tag, answer.Headers.ETag!.Tag);
        Assert.Equal("pass", answer.Headers.GetValues("X-Cache").Single());
        Assert.Equal(_file[first..(last + 1)], await answer.Content.ReadAsByteArrayAsync(Token));
        Assert.Equal($"bytes={from}-{to}", Assert.Single(_origin.Requests).Headers["Range"]);
        Assert.Equal(0, await _server.Entries.EnumerateAsync(Token).CountAsync(Token));
    }

    [Fact]
    public async Task Get_Part_IsMarkedInTheAccessLog_AndNothingElseIs()
    {
        _rest.TrySetResult();
        using (await GetAsync(headers => headers.Range = new RangeHeaderValue(300_000, 300_099)))
        using (HttpResponseMessage whole = await GetAsync(headers => headers.Range = new RangeHeaderValue(0, null)))
            await whole.Content.CopyToAsync(Stream.Null, Token);
        using (await GetAsync(headers => headers.Range = new RangeHeaderValue(300_000, 300_099)))
            await _server.StopAsync();

        string[] lines = await File.ReadAllLinesAsync(_server.AccessLogPath, Token);
        Assert.Equal([true, false, false], lines.Select(line => line.EndsWith(" unverified", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData(403)]
    [InlineData(405)]
    [InlineData(501)]
    public async Task Head_OriginKnowsNone_IsAskedByGet_AndNothingIsTransferred(int status)
    {
        await using OriginServer origin = await OriginServer.StartAsync(context =>
        {
            context.Response.ContentLength = _file.Length;
            if (!HttpMethods.IsHead(context.Request.Method))
                return context.Response.Body.WriteAsync(_file.AsMemory(0, SentBytes), context.RequestAborted).AsTask();
            context.Response.ContentLength = null;
            context.Response.StatusCode = status;
            return Task.CompletedTask;
        });

        using HttpResponseMessage answer = await _server.Client.SendAsync(new HttpRequestMessage(HttpMethod.Head, $"/fetch/http/{origin.Host}/f"), Token);

        Assert.Equal((HttpStatusCode.OK, _file.Length), (answer.StatusCode, answer.Content.Headers.ContentLength));
        Assert.Equal(["HEAD /f", "GET /f"], origin.Requests.Select(request => request.Line));
        Assert.Equal(0, await _server.Entries.EnumerateAsync(Token).CountAsync(Token));
    }

    [Fact]
    public async Task Get_PartBeyondTheEnd_Is416()
    {
        using HttpResponseMessage answer = await GetAsync(headers => headers.Range = new RangeHeaderValue(_file.Length, null));

        Assert.Equal(HttpStatusCode.RequestedRangeNotSatisfiable, answer.StatusCode);
        Assert.Equal($"bytes */{_file.Length}", answer.Content.Headers.ContentRange!.ToString());
    }

    [Fact]
    public async Task Get_FromTheFirstByteOn_IsTheWholeFile_AndKept()
    {
        _rest.SetResult();
        for (int i = 0; i < 2; i++)
        {
            using HttpResponseMessage answer = await GetAsync(headers => headers.Range = new RangeHeaderValue(0, null));
            Assert.Equal(HttpStatusCode.PartialContent, answer.StatusCode);
            Assert.Equal(i == 0 ? "miss" : "hit", answer.Headers.GetValues("X-Cache").Single());
            Assert.Equal(_file, await answer.Content.ReadAsByteArrayAsync(Token));
        }

        Assert.DoesNotContain("Range", Assert.Single(_origin.Requests).Headers.Keys);
    }

    [Fact]
    public async Task Get_PartOfWhatIsOnItsWay_ComesFromWhatCame_OtherwiseFromTheOrigin()
    {
        using HttpResponseMessage whole = await _server.Client.GetAsync(Path, HttpCompletionOption.ResponseHeadersRead, Token);
        await using Stream body = await whole.Content.ReadAsStreamAsync(Token);
        await body.ReadExactlyAsync(new byte[SentBytes], Token);

        using HttpResponseMessage near = await GetAsync(headers => headers.Range = new RangeHeaderValue(1000, SentBytes - 1));
        using HttpResponseMessage far = await GetAsync(headers => headers.Range = new RangeHeaderValue(900_000, 900_009));
        using HttpResponseMessage same = await GetAsync(headers => headers.IfNoneMatch.Add(new(Tag)));

        Assert.Equal(_file[1000..SentBytes], await near.Content.ReadAsByteArrayAsync(Token));
        Assert.Equal("miss", near.Headers.GetValues("X-Cache").Single());
        Assert.Equal(_file[900_000..900_010], await far.Content.ReadAsByteArrayAsync(Token));
        Assert.Equal("pass", far.Headers.GetValues("X-Cache").Single());
        Assert.Equal(HttpStatusCode.NotModified, same.StatusCode);
        Assert.Equal(2, _origin.Requests.Count);
    }

    [Theory]
    [InlineData(Tag, HttpStatusCode.PartialContent)]
    [InlineData("\"v0\"", HttpStatusCode.OK)]
    public async Task Get_PartIfItIsOfTheSame_IsJudgedByTheOrigin(string tag, HttpStatusCode expected)
    {
        _rest.SetResult();
        using HttpResponseMessage answer = await GetAsync(headers =>
        {
            headers.Range = new RangeHeaderValue(900_000, null);
            headers.IfRange = new RangeConditionHeaderValue(tag);
        });

        Assert.Equal(expected, answer.StatusCode);
        Assert.Equal(expected == HttpStatusCode.OK ? _file : _file[900_000..], await answer.Content.ReadAsByteArrayAsync(Token));
    }

    [Fact]
    public async Task Get_WhatTheClientHas_Is304AndNothingIsTransferred()
    {
        using HttpResponseMessage byTag = await GetAsync(headers => headers.IfNoneMatch.Add(new(Tag)));
        using HttpResponseMessage byDate = await GetAsync(headers => headers.IfModifiedSince = DateTimeOffset.UnixEpoch.AddDays(2));

        Assert.Equal(HttpStatusCode.NotModified, byTag.StatusCode);
        Assert.Equal(HttpStatusCode.NotModified, byDate.StatusCode);
        Assert.Equal(Tag, byTag.Headers.ETag!.Tag);
        Assert.All(_origin.Requests, request => Assert.StartsWith("HEAD ", request.Line, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Get_OlderThanTheClientHas_IsFetchedAndFollowed()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, Path);
        request.Headers.IfNoneMatch.Add(new("\"v0\""));
        using HttpResponseMessage answer = await _server.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Token);
        await using Stream body = await answer.Content.ReadAsStreamAsync(Token);
        byte[] beginning = new byte[SentBytes];
        await body.ReadExactlyAsync(beginning, Token);

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal(_file[..SentBytes], beginning);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Head_OfAMovingUrl_AsksTheOriginByHead(bool isHere)
    {
        await using TestServer server = await StartMovingAsync();
        if (isHere)
        {
            _rest.SetResult();
            await server.Client.GetByteArrayAsync(Path, Token);
        }

        using HttpResponseMessage answer = await server.Client.SendAsync(new HttpRequestMessage(HttpMethod.Head, Path), Token);

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal(_file.Length, answer.Content.Headers.ContentLength);
        Assert.Equal(Tag, answer.Headers.ETag!.Tag);
        Assert.Equal("HEAD /f", _origin.Requests.Last().Line);
        Assert.Equal(isHere ? 2 : 1, _origin.Requests.Count);
    }

    [Fact]
    public async Task Get_PartOfAMovingUrl_ComesFromTheCopyWhenThatIsCurrent()
    {
        await using TestServer server = await StartMovingAsync();
        _rest.SetResult();
        await server.Client.GetByteArrayAsync(Path, Token);

        using HttpResponseMessage answer = await GetAsync(headers => headers.Range = new RangeHeaderValue(10, 19), server);

        Assert.Equal(_file[10..20], await answer.Content.ReadAsByteArrayAsync(Token));
        Assert.Equal("revalidated", answer.Headers.GetValues("X-Cache").Single());
    }

    [Theory]
    [InlineData("HTTP/1.1 206 Partial Content\r\nContent-Length: 4\r\nConnection: close\r\n\r\nabcd")]
    [InlineData("HTTP/1.1 206 Partial Content\r\nContent-Range: bytes 5-8/20\r\nContent-Length: 4\r\nConnection: close\r\n\r\nabcd")]
    [InlineData("HTTP/1.1 206 Partial Content\r\nContent-Range: bytes 0-9/20\r\nContent-Length: 4\r\nConnection: close\r\n\r\nabcd")]
    [InlineData("HTTP/1.1 206 Partial Content\r\nContent-Range: bytes 0-3/20\r\nContent-Length: 2\r\nConnection: close\r\n\r\nab")]
    public async Task Get_OriginThatSendsAnotherPart_IsNotBelieved(string answer)
    {
        await using var origin = new RawOrigin(answer);

        string got = await _server.ExchangeAsync($"GET /fetch/http/{origin.Host}/f HTTP/1.1\r\nHost: x\r\nRange: bytes=0-3\r\nConnection: close\r\n\r\n");

        ErrorLine.AssertRaw(got, 502);
    }

    [Fact]
    public async Task Get_PartThatBreaks_DoesNotLookWhole()
    {
        await using var origin = new RawOrigin("HTTP/1.1 206 Partial Content\r\nContent-Range: bytes 0-99/200\r\nContent-Length: 100\r\nConnection: close\r\n\r\nabcd");

        string got = await _server.ExchangeAsync($"GET /fetch/http/{origin.Host}/f HTTP/1.1\r\nHost: x\r\nRange: bytes=0-99\r\nConnection: close\r\n\r\n");

        Assert.True(got.Length == 0 || (got.StartsWith("HTTP/1.1 206 ", StringComparison.Ordinal) && got.Contains("Content-Length: 100\r\n", StringComparison.Ordinal)), got);
    }

    private Task<TestServer> StartMovingAsync() => GatewaySite.StartAsync(new GatewayOptions
    {
        Origins = [GatewaySite.Pattern("*:*")],
        AllowPrivateAddresses = true,
        MovingPrefixes = [$"http://{_origin.Host}/"],
    });

    private async Task<HttpResponseMessage> GetAsync(Action<HttpRequestHeaders> change, TestServer? server = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, Path);
        change(request.Headers);
        return await (server ?? _server).Client.SendAsync(request, Token);
    }

    /// <summary>Knows ranges and validators; of the whole file only the beginning comes before the test allows the rest.</summary>
    private async Task AnswerAsync(HttpContext context)
    {
        HttpResponse response = context.Response;
        response.Headers.ETag = Tag;
        response.Headers.LastModified = DateTimeOffset.UnixEpoch.AddDays(1).ToString("r");
        if (context.Request.Headers.IfNoneMatch == Tag)
        {
            response.StatusCode = 304;
            return;
        }

        bool mayResume = context.Request.Headers.IfRange.Count == 0 || context.Request.Headers.IfRange == Tag;
        if (mayResume && RangeHeaderValue.TryParse(context.Request.Headers.Range.ToString(), out RangeHeaderValue? range))
        {
            RangeItemHeaderValue asked = range.Ranges.Single();
            long first = asked.From ?? _file.Length - asked.To!.Value;
            long last = asked.From is null ? _file.Length - 1 : Math.Min(asked.To ?? long.MaxValue, _file.Length - 1);
            response.StatusCode = first > last ? 416 : 206;
            response.Headers.ContentRange = first > last ? $"bytes */{_file.Length}" : $"bytes {first}-{last}/{_file.Length}";
            response.ContentLength = Math.Max(0, last - first + 1);
            if (first <= last)
                await response.Body.WriteAsync(_file.AsMemory((int)first, (int)(last - first + 1)), Token);
            return;
        }

        response.ContentLength = _file.Length;
        if (HttpMethods.IsHead(context.Request.Method))
            return;
        await response.Body.WriteAsync(_file.AsMemory(0, SentBytes), Token);
        await _rest.Task;
        await response.Body.WriteAsync(_file.AsMemory(SentBytes), Token);
    }
}
