using System.Net;
using Shacache.Testing;

namespace Shacache.Protocol.Tests;

/// <summary>Limits belong to a request, not to the connections.</summary>
public sealed class HttpSenderTests
{
    private static readonly TimeSpan Long = TimeSpan.FromMinutes(1);

    [Fact]
    public async Task SendAsync_ConnectTimeoutOfOneRequest_IsShorterThanThatOfAll()
    {
        using var silent = new SilentPort(OwnLoopback.NewAddress());
        using var sender = new HttpSender(new ConnectionSettings { ConnectTimeout = Long });
        var limits = new ExchangeLimits { ConnectTimeout = TimeSpan.FromMilliseconds(100), AnswerTimeout = Long, StallTimeout = Long };
        using var clock = new ExchangeClock(limits, TimeProvider.System, TestContext.Current.CancellationToken);
        HttpRequestException e = await Assert.ThrowsAsync<HttpRequestException>(
            () => sender.SendAsync(new OutgoingRequest(HttpMethod.Get, new Uri($"http://{silent.EndPoint}/")), clock));
        Assert.IsType<TimeoutException>(e.InnerException);
        Assert.Null(clock.FindTimeout());
    }

    [Theory]
    [InlineData("https://a.example/x", "https://a.example/y", true)]
    [InlineData("https://a.example/x", "https://b.example/y", false)]
    [InlineData("https://a.example/x", "https://a.example:444/y", false)]
    [InlineData("http://a.example/x", "http://a.example/y", false)]
    public void Covers_ScopeWithoutHosts_IsTheServerOfTheRequest(string first, string url, bool expected) =>
        Assert.Equal(expected, new TlsScope(() => TlsSettings.CreateForClient(), hasCertificate: true).Covers(new Uri(first), new Uri(url)));

    [Fact]
    public void FindTarget_AnyAnswer_IsWhatRedirectsAlone()
    {
        var request = new OutgoingRequest(HttpMethod.Get, new Uri("https://a.example/x"));
        using var answer = new HttpResponseMessage(HttpStatusCode.Found);
        Assert.Null(Redirects.FindTarget(request, request.Url, answer));
        answer.Headers.Location = new Uri("/y", UriKind.Relative);
        Assert.Equal("https://a.example/y", Redirects.FindTarget(request, request.Url, answer)?.AbsoluteUri);
        Assert.Null(Redirects.FindTarget(request with { FollowsRedirects = false }, request.Url, answer));
        Assert.Null(Redirects.FindTarget(request with { Body = _ => new ByteArrayContent([]) }, request.Url, answer));
        answer.StatusCode = HttpStatusCode.PermanentRedirect;
        Assert.NotNull(Redirects.FindTarget(request with { Body = _ => new ByteArrayContent([]) }, request.Url, answer));
    }
}
