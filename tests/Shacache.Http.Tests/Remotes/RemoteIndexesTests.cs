using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Microsoft.AspNetCore.Http;
using Shacache.Http.Gateway.Origins;
using Shacache.Http.Remotes.Indexes;
using Shacache.Http.Tests.Gateway;
using Shacache.Testing;

namespace Shacache.Http.Tests.Remotes;

/// <summary>How long documents of an index are used, and what happens when their origin changes, fails or says nothing.</summary>
public sealed class RemoteIndexesTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private readonly ManualTimeProvider _time = new();
    private string _page = "<a href=\"one.whl\">one.whl</a>";
    private int _status = 200;
    private string _cacheControl = "";
    private string _type = "text/html";

    [Fact]
    public async Task Get_Page_IsFreshForItsTtl_ThenComparedWithTheOrigin()
    {
        await using OriginServer origin = await StartOriginAsync();
        await using TestServer server = await StartAsync(origin);

        Assert.Equal(("miss", true), await LookAsync(server, "one.whl"));
        _page = "<a href=\"two.whl\">two.whl</a>";
        Assert.Equal(("hit", true), await LookAsync(server, "one.whl"));
        Assert.Single(origin.Requests);
        _time.Advance(TimeSpan.FromMinutes(11));
        Assert.Equal(("miss", true), await LookAsync(server, "two.whl"));
        _time.Advance(TimeSpan.FromMinutes(11));
        Assert.Equal(("revalidated", true), await LookAsync(server, "two.whl"));
        Assert.Equal(("hit", true), await LookAsync(server, "two.whl"));
        Assert.Equal(3, origin.Requests.Count);
    }

    [Theory]
    [InlineData(500, "text/html")]
    [InlineData(429, "text/html")]
    [InlineData(200, "application/json")]
    [InlineData(200, "image/png")]
    public async Task Get_PageWhoseOriginFails_IsTheOldOne_ForAsLongAsItMayBe(int status, string type)
    {
        await using OriginServer origin = await StartOriginAsync();
        await using TestServer server = await StartAsync(origin, remote => remote.StaleFor = TimeSpan.FromHours(1));
        await LookAsync(server, "one.whl");

        _status = status;
        _type = type;
        _time.Advance(TimeSpan.FromMinutes(30));
        Assert.Equal(("stale", true), await LookAsync(server, "one.whl"));
        int asked = origin.Requests.Count;
        Assert.Equal(("stale", true), await LookAsync(server, "one.whl"));
        Assert.Equal(asked, origin.Requests.Count);
        _time.Advance(TimeSpan.FromMinutes(31));
        (HttpResponseMessage answer, _) = await RemoteSite.GetAsync(server, "/remote/pypi/simple/foo/");
        Assert.Equal(HttpStatusCode.BadGateway, answer.StatusCode);

        _status = 200;
        _type = "text/html";
        _time.Advance(TimeSpan.FromSeconds(6));
        Assert.Equal(("revalidated", true), await LookAsync(server, "one.whl"));
    }

    [Fact]
    public async Task Get_PageWhoseOriginIsSlow_IsTheOldOne_AndTheNewOneLater()
    {
        var held = new TaskCompletionSource();
        bool holds = false;
        await using OriginServer origin = await StartOriginAsync(() => Volatile.Read(ref holds) ? held.Task : Task.CompletedTask);
        await using TestServer server = await StartAsync(origin);
        await LookAsync(server, "one.whl");

        _page = "<a href=\"two.whl\">two.whl</a>";
        Volatile.Write(ref holds, true);
        _time.Advance(TimeSpan.FromMinutes(11));
        Task<(string, bool)> old = LookAsync(server, "one.whl");
        while (!old.IsCompleted)
        {
            // The request waits for a second of the clock of the server, which the test moves.
            _time.Advance(TimeSpan.FromSeconds(1));
            await Task.WhenAny(old, Task.Delay(5, Token));
        }

        Assert.Equal(("stale", true), await old);
        held.SetResult();
        await Eventually.IsTrueAsync(async () => (await LookAsync(server, "two.whl")).HasIt);
        Assert.Equal(2, origin.Requests.Count);
    }

    [Fact]
    public async Task Get_PageThatIsNotThere_Is404_AndTheOriginIsAskedAgainAfterSeconds()
    {
        await using OriginServer origin = await StartOriginAsync();
        await using TestServer server = await StartAsync(origin);
        _status = 404;

        Assert.Equal(HttpStatusCode.NotFound, (await RemoteSite.GetAsync(server, "/remote/pypi/simple/foo/")).Answer.StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await RemoteSite.GetAsync(server, "/remote/pypi/simple/foo/")).Answer.StatusCode);
        Assert.Single(origin.Requests);
        _status = 200;
        _time.Advance(TimeSpan.FromSeconds(6));
        Assert.Equal(("miss", true), await LookAsync(server, "one.whl"));
    }

    [Fact]
    public async Task Get_OneRefresh_IsSharedByAllWhoWait()
    {
        var held = new TaskCompletionSource();
        await using OriginServer origin = await StartOriginAsync(() => held.Task);
        await using TestServer server = await StartAsync(origin);

        Task<(string, bool HasIt)>[] clients = [.. Enumerable.Range(0, 50).Select(_ => LookAsync(server, "one.whl"))];
        await Eventually.IsTrueAsync(() => Task.FromResult(!origin.Requests.IsEmpty));
        held.SetResult();

        Assert.All(await Task.WhenAll(clients), one => Assert.True(one.HasIt));
        Assert.Single(origin.Requests);
    }

    [Theory]
    [InlineData("no-store", false)]
    [InlineData("private", false)]
    [InlineData("no-store", true)]
    public async Task Get_PageThatIsNotToBeKept_IsPassedOn_UnlessTheOperatorSaysOtherwise(string cacheControl, bool ignores)
    {
        _cacheControl = cacheControl;
        await using OriginServer origin = await StartOriginAsync();
        await using TestServer server = await StartAsync(origin, gateway: new GatewayOptions { IgnoresCacheControl = ignores });

        Assert.Equal((ignores ? "miss" : "pass", true), await LookAsync(server, "one.whl"));
        Assert.Equal((ignores ? "hit" : "pass", true), await LookAsync(server, "one.whl"));
    }

    [Fact]
    public async Task Get_Offline_AsksNoOrigin()
    {
        await using OriginServer origin = await StartOriginAsync();
        RemoteOptions? options = null;
        await using TestServer server = await StartAsync(origin, remote => options = remote);
        await LookAsync(server, "one.whl");
        options!.IsOffline = true;
        _time.Advance(TimeSpan.FromDays(400));

        Assert.Equal(("stale", true), await LookAsync(server, "one.whl"));
        (HttpResponseMessage answer, string text) = await RemoteSite.GetAsync(server, "/remote/pypi/simple/bar/");
        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        Assert.Contains("offline", text, StringComparison.Ordinal);
        Assert.Single(origin.Requests);
    }

    [Fact]
    public async Task Get_SeveralUrls_AreAskedInTheirOrder_AndAKeptPageIsNotReplacedByAnother()
    {
        using var closed = new ClosedPort();
        await using OriginServer second = await OriginServer.StartAsync("<a href=\"one.whl\">one.whl</a>"u8.ToArray(), contentType: "text/html");
        await using OriginServer first = await OriginServer.StartAsync(context =>
        {
            context.Response.StatusCode = context.Request.Path == "/simple/foo/" ? _status : 404;
            context.Response.ContentType = "text/html";
            return _status == 200 && context.Response.StatusCode == 200 ? context.Response.WriteAsync("<a href=\"first.whl\">first.whl</a>", Token) : Task.CompletedTask;
        });
        await using TestServer server = await StartAsync(
            first, remote => remote.Urls = [$"http://127.0.0.1:{closed.Number}/simple/", $"http://{first.Host}/simple/", $"http://{second.Host}/simple/"]);

        Assert.Equal(("miss", true), await LookAsync(server, "first.whl"));
        Assert.Contains("one.whl", (await RemoteSite.GetAsync(server, "/remote/pypi/simple/bar/")).Text, StringComparison.Ordinal);
        _status = 503;
        _time.Advance(TimeSpan.FromMinutes(11));
        Assert.Equal(("stale", true), await LookAsync(server, "first.whl"));
    }

    [Fact]
    public async Task Get_Credentials_GoToTheServersOfTheRemoteAlone()
    {
        await using OriginServer files = await OriginServer.StartAsync([1, 2, 3]);
        await using OriginServer index = await OriginServer.StartAsync(context =>
        {
            if (context.Request.Path == "/simple/foo/")
            {
                context.Response.ContentType = "text/html";
                return context.Response.WriteAsync($"<a href=\"http://{files.Host}/there.whl\">there.whl</a><a href=\"/here.whl\">here.whl</a><a href=\"/moved.whl\">moved.whl</a>", Token);
            }

            if (context.Request.Path == "/moved.whl")
                context.Response.Redirect($"http://{files.Host}/moved.whl");
            return context.Request.Path == "/here.whl" ? context.Response.WriteAsync("here", Token) : Task.CompletedTask;
        });
        await using TestServer server = await StartAsync(index, remote => remote.Credentials = "me:secret");

        foreach (string file in (string[])["there.whl", "here.whl", "moved.whl"])
            Assert.Equal(HttpStatusCode.OK, (await RemoteSite.GetAsync(server, $"/remote/pypi/files/foo/-/{file}")).Answer.StatusCode);

        string expected = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes("me:secret"))).ToString();
        Assert.All(index.Requests, request => Assert.Equal(expected, request.Headers.GetValueOrDefault("Authorization")));
        Assert.Equal(2, files.Requests.Count);
        Assert.All(files.Requests, request => Assert.False(request.Headers.ContainsKey("Authorization")));
        Assert.DoesNotContain(server.Log.Lines, line => line.Text.Contains("secret", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Get_WithTheTagOfAnEarlierAnswer_Is304_UntilThePageChanges()
    {
        await using OriginServer origin = await StartOriginAsync();
        await using TestServer server = await StartAsync(origin);
        string tag = (await RemoteSite.GetAsync(server, "/remote/pypi/simple/foo/")).Answer.Headers.ETag!.ToString();

        Assert.Equal(HttpStatusCode.NotModified, (await RemoteSite.GetAsync(server, "/remote/pypi/simple/foo/", ("If-None-Match", tag))).Answer.StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await RemoteSite.GetAsync(server, "/remote/pypi/simple/foo/", ("If-None-Match", tag), ("Accept", RemoteSite.Json))).Answer.StatusCode);
        _page = "<a href=\"two.whl\">two.whl</a>";
        _time.Advance(TimeSpan.FromMinutes(11));
        Assert.Equal(HttpStatusCode.OK, (await RemoteSite.GetAsync(server, "/remote/pypi/simple/foo/", ("If-None-Match", tag))).Answer.StatusCode);
    }

    private static async Task<(string Status, bool HasIt)> LookAsync(TestServer server, string part)
    {
        (HttpResponseMessage answer, string text) = await RemoteSite.GetAsync(server, "/remote/pypi/simple/foo/");
        return (RemoteSite.CacheStatus(answer), text.Contains(part, StringComparison.Ordinal));
    }

    private Task<TestServer> StartAsync(OriginServer origin, Action<RemoteOptions>? change = null, GatewayOptions? gateway = null) =>
        RemoteSite.StartAsync(RemoteType.Pypi, $"http://{origin.Host}/simple/", change, _time, Patient(gateway ?? new GatewayOptions()));

    /// <summary>The clock of the test moves while requests are under way.</summary>
    private static GatewayOptions Patient(GatewayOptions options)
    {
        options.FirstByteTimeout = options.StallTimeout = options.TransferTimeout = TimeSpan.FromDays(30);
        options.MinBytesPerSecond = 0;
        return options;
    }

    private Task<OriginServer> StartOriginAsync(Func<Task>? wait = null) => OriginServer.StartAsync(async context =>
    {
        if (wait is not null)
            await wait();
        string page = _page;
        string tag = $"\"{page.Length}{page[9..12]}\"";
        context.Response.StatusCode = _status;
        context.Response.ContentType = _type;
        if (_status != 200)
            return;
        if (_type == "text/html" && context.Request.Headers.IfNoneMatch == tag)
        {
            context.Response.StatusCode = 304;
            return;
        }

        context.Response.Headers.ETag = tag;
        context.Response.Headers.CacheControl = _cacheControl;
        await context.Response.WriteAsync(page, Token);
    });
}
