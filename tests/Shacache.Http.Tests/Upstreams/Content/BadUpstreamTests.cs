using System.Diagnostics;
using System.Net;
using System.Security.Cryptography;
using Shacache.Http.Upstreams;
using Shacache.Testing;
using Shacache.Testing.Upstreams;

namespace Shacache.Http.Tests.Upstreams.Content;

/// <summary>Upstreams that break, hang, refuse and lie; each with one client and with fifty.</summary>
/// <remarks>One file although it is long: all faults share how they are asked for and how bodies are compared.</remarks>
public sealed class BadUpstreamTests
{
    private static readonly TimeSpan Short = TimeSpan.FromMilliseconds(300);
    private readonly byte[] _content = RandomNumberGenerator.GetBytes(1_000_000);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(1)]
    [InlineData(50)]
    public async Task Get_UpstreamBreaksOffAgainAndAgain_IsResumedWhereItStopped(int clients)
    {
        await using var upstream = new ScriptedUpstream(async exchange =>
        {
            int offset = (int)(exchange.Request.RangeStart ?? 0);
            await exchange.SendHeadAsync(_content.Length, offset, "ETag: \"tag\"\r\n");
            await exchange.SendAsync(_content.AsMemory(offset, Math.Min(300_000, _content.Length - offset)));
            exchange.End();
        });
        await using TestServer server = await ProximitySite.StartAsync(upstream);

        Assert.All(await GetAsync(server, clients), body => ColdContentTests.AssertSame(_content, body!));

        Assert.Equal([null, 300_000, 600_000, 900_000], upstream.Requests.Select(request => request.RangeStart));
        Assert.All(upstream.Requests.Skip(1), request => Assert.Equal("\"tag\"", request.Headers["If-Range"]));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(50)]
    public async Task Get_UpstreamBreaksOffAndKnowsNoRanges_IsReadAnewBehindWhatIsHere(int clients)
    {
        await using var upstream = new ScriptedUpstream(async exchange =>
        {
            await exchange.SendHeadAsync(_content.Length);
            await exchange.SendAsync(_content.AsMemory(0, exchange.Request.Number == 1 ? 400_000 : _content.Length));
            exchange.End();
        });
        await using TestServer server = await ProximitySite.StartAsync(upstream);

        Assert.All(await GetAsync(server, clients), body => ColdContentTests.AssertSame(_content, body!));

        Assert.Equal(2, upstream.Requests.Count);
    }

    [Theory]
    [InlineData(1, true)]
    [InlineData(50, true)]
    [InlineData(1, false)]
    [InlineData(50, false)]
    public async Task Get_UpstreamDiesInTheMiddle_TheNextOneGoesOn(int clients, bool byReset)
    {
        await using var first = new ScriptedUpstream(async exchange =>
        {
            if (exchange.Request.Number > 1)
            {
                exchange.Reset();
                return;
            }

            await exchange.SendHeadAsync(_content.Length);
            await exchange.SendAsync(_content.AsMemory(0, 400_000));
            if (byReset)
                exchange.Reset();
            else
                exchange.End();
        });
        await using ScriptedUpstream second = ScriptedUpstream.Serving(_content);
        await using TestServer server = await ProximitySite.StartAsync(first, second);

        Assert.All(await GetAsync(server, clients), body => ColdContentTests.AssertSame(_content, body!));

        long? from = Assert.Single(second.Requests).RangeStart;
        if (byReset)
            Assert.True(from is null or <= 400_000, $"A reset may overtake what was sent before it, but it was resumed at {from}.");
        else
            Assert.Equal(400_000, from);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(50)]
    public async Task Get_UpstreamHangsInTheMiddle_TheNextOneGoesOn(int clients)
    {
        await using var first = new ScriptedUpstream(async exchange =>
        {
            if (exchange.Request.RangeStart is null)
            {
                await exchange.SendHeadAsync(_content.Length);
                await exchange.SendAsync(_content.AsMemory(0, 400_000));
            }

            await exchange.HangAsync();
        });
        await using ScriptedUpstream second = ScriptedUpstream.Serving(_content);
        await using TestServer server = await ProximitySite.StartAsync(ProximitySite.Options(
            [ProximitySite.Upstream(first, 0, stall: Short), ProximitySite.Upstream(second, 1)]));

        Assert.All(await GetAsync(server, clients), body => ColdContentTests.AssertSame(_content, body!));

        // On a busy machine what was sent may come so late that it seems to hang before.
        Assert.InRange(Assert.Single(second.Requests).RangeStart ?? 0, 0, 400_000);
    }

    [Theory]
    [InlineData(1, "bytes 0-999999/1000000")]
    [InlineData(50, "bytes 300001-999999/1000000")]
    [InlineData(1, "bytes 300000-999998/999999")]
    [InlineData(1, "nonsense")]
    public async Task Get_UpstreamSendsAnotherRangeThanAskedFor_TheNextOneGoesOn(int clients, string contentRange)
    {
        await using var first = new ScriptedUpstream(async exchange =>
        {
            if (exchange.Request.RangeStart is null)
            {
                await exchange.SendHeadAsync(_content.Length);
                await exchange.SendAsync(_content.AsMemory(0, 300_000));
                exchange.End();
                return;
            }

            await exchange.SendAsync($"HTTP/1.1 206 Partial Content\r\nContent-Length: 700000\r\nContent-Range: {contentRange}\r\n\r\n");
            await exchange.SendAsync(new byte[700_000]);
        });
        await using ScriptedUpstream second = ScriptedUpstream.Serving(_content);
        await using TestServer server = await ProximitySite.StartAsync(first, second);

        Assert.All(await GetAsync(server, clients), body => ColdContentTests.AssertSame(_content, body!));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(50)]
    public async Task Get_UpstreamAlwaysBreaksOffAtTheSamePlace_EndsSoon_AndNothingLooksWhole(int clients)
    {
        await using var upstream = new ScriptedUpstream(async exchange =>
        {
            await exchange.SendHeadAsync(_content.Length);
            await exchange.SendAsync(_content.AsMemory(0, 400_000));
            exchange.End();
        });
        await using TestServer server = await ProximitySite.StartAsync(upstream);

        Assert.All(await GetAsync(server, clients), Assert.Null);

        Assert.Equal(0, await server.Blobs.ListAsync(Token).CountAsync(Token));
    }

    [Theory]
    [InlineData(1, 1_000_000)]
    [InlineData(50, 1_000_000)]
    [InlineData(1, 1000)]
    [InlineData(50, 1000)]
    public async Task Get_UpstreamLies_NobodyGetsAWholeBody_AndNothingIsStored(int clients, int length)
    {
        byte[] wrong = _content[..length];
        wrong[length / 2] ^= 1;
        await using var upstream = new ScriptedUpstream(exchange => exchange.ServeAsync(wrong));
        await using TestServer server = await ProximitySite.StartAsync(upstream);

        Assert.All(await GetAsync(server, clients, _content[..length]), Assert.Null);

        Assert.Equal(0, await server.Blobs.ListAsync(Token).CountAsync(Token));
    }

    [Fact]
    public async Task Get_UpstreamLied_ItIsNotAskedAgainAtOnce_ButSoon()
    {
        byte[] content = _content[..1000];
        await using var upstream = new ScriptedUpstream(exchange => exchange.ServeAsync(exchange.Request.Number == 1 ? new byte[1000] : content));
        await using TestServer server = await ProximitySite.StartAsync(upstream);

        long start = Stopwatch.GetTimestamp();
        using HttpResponseMessage first = await server.Client.GetAsync(ColdContentTests.PathOf(content), Token);
        using HttpResponseMessage second = await server.Client.GetAsync(ColdContentTests.PathOf(content), Token);
        bool isSoon = Stopwatch.GetElapsedTime(start) < TimeSpan.FromSeconds(1);

        Assert.Equal(HttpStatusCode.BadGateway, first.StatusCode);
        await ErrorLine.AssertAsync(first, "another digest");
        Assert.True(!isSoon || second.StatusCode == HttpStatusCode.BadGateway, "asked again within a second");
        await Eventually.IsTrueAsync(async () => await GetOneAsync(server, ColdContentTests.PathOf(content)) is { } body && body.AsSpan().SequenceEqual(content));
        Assert.Equal(2, upstream.Requests.Count);
    }

    [Fact]
    public async Task Get_AllUpstreamsLie_NoneIsAskedWithoutAClient()
    {
        await using var first = new ScriptedUpstream(exchange => exchange.ServeAsync(new byte[1000]));
        await using var second = new ScriptedUpstream(exchange => exchange.ServeAsync(new byte[2000]));
        await using TestServer server = await ProximitySite.StartAsync(first, second);

        using HttpResponseMessage answer = await server.Client.GetAsync(ColdContentTests.PathOf(_content), Token);

        Assert.Equal(HttpStatusCode.BadGateway, answer.StatusCode);
        await ErrorLine.AssertAsync(answer, "another digest");
        Assert.Single(first.Requests);
        Assert.Single(second.Requests);
    }

    [Theory]
    [InlineData(1, true)]
    [InlineData(50, true)]
    [InlineData(1, false)]
    [InlineData(50, false)]
    public async Task Get_LengthUnknownAndItBreaksOff_IsResumed(int clients, bool byTheSame)
    {
        await using var first = new ScriptedUpstream(async exchange =>
        {
            if (exchange.Request.Number == 1)
            {
                await exchange.SendAsync("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n61a80\r\n");
                await exchange.SendAsync(_content.AsMemory(0, 400_000));
                exchange.End();
            }
            else if (byTheSame)
            {
                await exchange.ServeAsync(_content);
            }
            else
            {
                await exchange.AnswerAsync(500);
            }
        });
        await using ScriptedUpstream second = ScriptedUpstream.Serving(_content);
        await using TestServer server = await ProximitySite.StartAsync(first, second);

        Assert.All(await GetAsync(server, clients), body => ColdContentTests.AssertSame(_content, body!));

        Assert.Equal(400_000, (byTheSame ? first : second).Requests.Last().RangeStart);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(50)]
    public async Task Get_UpstreamAnnouncesMoreThanIsAccepted_TheNextOneAnswers(int clients)
    {
        await using var first = new ScriptedUpstream(exchange => exchange.SendAsync("HTTP/1.1 200 OK\r\nContent-Length: 9223372036854775807\r\n\r\nx"));
        await using ScriptedUpstream second = ScriptedUpstream.Serving(_content);
        await using TestServer server = await ProximitySite.StartAsync(first, second);

        Assert.All(await GetAsync(server, clients), body => ColdContentTests.AssertSame(_content, body!));

        Assert.Single(first.Requests);
    }

    [Fact]
    public async Task Get_UpstreamAnnouncesAnotherLengthAndBreaksOff_ItIsFetchedFromTheNextOne()
    {
        await using var first = new ScriptedUpstream(async exchange =>
        {
            await exchange.SendHeadAsync(2 * _content.Length);
            await exchange.SendAsync(_content);
            exchange.End();
        });
        await using ScriptedUpstream second = ScriptedUpstream.Serving(_content);
        await using TestServer server = await ProximitySite.StartAsync(first, second);

        Assert.Null(Assert.Single(await GetAsync(server, 1)));

        await ColdContentTests.StoredAsync(server, _content);
        ColdContentTests.AssertSame(_content, Assert.Single(await GetAsync(server, 1))!);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(50)]
    public async Task Get_UpstreamSendsItCompressed_TheNextOneAnswers(int clients)
    {
        await using var first = new ScriptedUpstream(async exchange =>
        {
            await exchange.SendHeadAsync(_content.Length, 0, "Content-Encoding: gzip\r\n");
            await exchange.SendAsync(_content);
        });
        await using ScriptedUpstream second = ScriptedUpstream.Serving(_content);
        await using TestServer server = await ProximitySite.StartAsync(first, second);

        Assert.All(await GetAsync(server, clients), body => ColdContentTests.AssertSame(_content, body!));

        Assert.Single(second.Requests);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(50)]
    public async Task Get_SmallObjectAndAnUpstreamLies_TheNextOneAnswers_AndNobodyNotices(int clients)
    {
        byte[] content = _content[..60_000];
        byte[] wrong = [.. content];
        wrong[^1] ^= 1;
        await using var first = new ScriptedUpstream(exchange => exchange.ServeAsync(wrong));
        await using ScriptedUpstream second = ScriptedUpstream.Serving(content);
        await using TestServer server = await ProximitySite.StartAsync(first, second);

        Assert.All(await GetAsync(server, clients, content), body => ColdContentTests.AssertSame(content, body!));

        Assert.Single(first.Requests);
        Assert.Single(second.Requests);
    }

    [Fact]
    public async Task Get_LargeObjectAndAnUpstreamLies_ItIsFetchedFromTheNextOne()
    {
        byte[] wrong = [.. _content];
        wrong[^1] ^= 1;
        await using var first = new ScriptedUpstream(exchange => exchange.ServeAsync(wrong));
        await using ScriptedUpstream second = ScriptedUpstream.Serving(_content);
        await using TestServer server = await ProximitySite.StartAsync(first, second);

        Assert.Null(Assert.Single(await GetAsync(server, 1)));

        await ColdContentTests.StoredAsync(server, _content);
        ColdContentTests.AssertSame(_content, Assert.Single(await GetAsync(server, 1))!);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(50)]
    public async Task Get_UpstreamHangsAtTheStart_Is504AfterItsTime(int clients)
    {
        await using var upstream = new ScriptedUpstream(exchange => exchange.HangAsync());
        var limits = new UpstreamLimits { ConnectTimeout = Short, FirstByteTimeout = Short };
        await using TestServer server = await ProximitySite.StartAsync(ProximitySite.Options(
            [new UpstreamOptions { Name = "slow", CacheUrl = upstream.CacheUrl, DirectoryUrl = upstream.DirectoryUrl, Limits = limits }]));

        HttpResponseMessage[] answers = await Task.WhenAll(Enumerable.Range(0, clients).Select(_ => server.Client.GetAsync(ColdContentTests.PathOf(_content), Token)));

        Assert.All(answers, answer => Assert.Equal(HttpStatusCode.GatewayTimeout, answer.StatusCode));
        await ErrorLine.AssertAsync(answers[0], "slow did not answer in time");
    }

    [Theory]
    [InlineData(1)]
    [InlineData(50)]
    public async Task Get_UpstreamHangsAtTheStart_TheNextOneIsAskedBesideIt(int clients)
    {
        await using var first = new ScriptedUpstream(exchange => exchange.HangAsync());
        await using ScriptedUpstream second = ScriptedUpstream.Serving(_content);
        await using TestServer server = await ProximitySite.StartAsync(ProximitySite.Options(
            [ProximitySite.Upstream(first, 0), ProximitySite.Upstream(second, 1)], hedge: Short));

        Assert.All(await GetAsync(server, clients), body => ColdContentTests.AssertSame(_content, body!));

        // Once; on a busy machine it may be dropped before it has even heard of it.
        Assert.InRange(first.Requests.Count, 0, 1);
    }

    [Theory]
    [InlineData(1_000_000)]
    [InlineData(20_000)]
    public async Task Get_UpstreamHangsAgainAndAgainButLater_EndsSoon_AndNothingLooksWhole(int length)
    {
        byte[] content = _content[..length];
        await using var upstream = new ScriptedUpstream(async exchange =>
        {
            int offset = (int)(exchange.Request.RangeStart ?? 0);
            await exchange.SendHeadAsync(length, offset);
            await exchange.SendAsync(content.AsMemory(offset, (length - offset) / 2));
            if (length - offset > 1)
                await exchange.HangAsync();
            else
                await exchange.SendAsync(content.AsMemory(offset));
        });
        await using TestServer server = await ProximitySite.StartAsync(ProximitySite.Options([ProximitySite.Upstream(upstream, 0, stall: TimeSpan.FromSeconds(1))]));

        Assert.Null(await GetOneAsync(server, ColdContentTests.PathOf(content)));

        // One, and as many as all the retries may cost together.
        Assert.InRange(upstream.Requests.Count, 1, 4);
        Assert.Equal(0, await server.Blobs.ListAsync(Token).CountAsync(Token));
    }

    [Fact]
    public async Task Get_UpstreamDrips_TheNextOneGoesOn()
    {
        await using var first = new ScriptedUpstream(async exchange =>
        {
            await exchange.SendHeadAsync(_content.Length);
            while (!exchange.Stop.IsCancellationRequested)
            {
                await exchange.SendAsync(_content.AsMemory(0, 1));
                await Task.Delay(50, exchange.Stop);
            }
        });
        byte[] same = [.. _content];
        same.AsSpan(0, 1000).Fill(_content[0]);
        await using ScriptedUpstream second = ScriptedUpstream.Serving(same);
        await using TestServer server = await ProximitySite.StartAsync(ProximitySite.Options(
            [ProximitySite.Upstream(first, 0, stall: TimeSpan.FromSeconds(1)), ProximitySite.Upstream(second, 1)]));

        ColdContentTests.AssertSame(same, (await GetOneAsync(server, ColdContentTests.PathOf(same)))!);

        Assert.InRange(Assert.Single(second.Requests).RangeStart ?? 0, 0, 1000);
    }

    [Theory]
    [InlineData(502)]
    [InlineData(500)]
    [InlineData(200)]
    public async Task Get_UpstreamHasNothingGoodOfThreeObjects_TheOthersAreAskedForAllTheSame(int status)
    {
        byte[] content = _content[..1000];
        string path = ColdContentTests.PathOf(content);
        await using var upstream = new ScriptedUpstream(exchange => path.EndsWith(exchange.Request.Target.Split('/')[^1], StringComparison.Ordinal)
            ? exchange.ServeAsync(content)
            : status == 200 ? exchange.ServeAsync(new byte[1000]) : exchange.AnswerAsync(status));
        await using TestServer server = await ProximitySite.StartAsync(upstream);

        for (int i = 1; i <= 6; i++)
        {
            using HttpResponseMessage answer = await server.Client.GetAsync(ColdContentTests.PathOf(_content[i..]), Token);
            Assert.Equal(HttpStatusCode.BadGateway, answer.StatusCode);
        }

        ColdContentTests.AssertSame(content, await server.Client.GetByteArrayAsync(path, Token));
        Assert.Equal(7, upstream.Requests.Count);
    }

    [Fact]
    public async Task Get_UpstreamThatKeepsHanging_IsLeftAlone()
    {
        byte[][] contents = [.. Enumerable.Range(0, 4).Select(i => RandomNumberGenerator.GetBytes(1000 + i))];
        await using var first = new ScriptedUpstream(exchange => exchange.HangAsync());
        await using ScriptedUpstream second = ScriptedUpstream.Serving(contents);
        await using TestServer server = await ProximitySite.StartAsync(ProximitySite.Options(
            [ProximitySite.Upstream(first, 0), ProximitySite.Upstream(second, 1)], hedge: Short));

        long start = 0;
        foreach (byte[] content in contents[..3])
        {
            start = Stopwatch.GetTimestamp();
            ColdContentTests.AssertSame(content, await server.Client.GetByteArrayAsync(ColdContentTests.PathOf(content), Token));
        }

        await Eventually.IsTrueAsync(() => Task.FromResult(server.Log.Lines.Any(line => line.Text.Contains("left alone", StringComparison.Ordinal))));
        ColdContentTests.AssertSame(contents[3], await server.Client.GetByteArrayAsync(ColdContentTests.PathOf(contents[3]), Token));

        // The first break takes a second, and began no sooner than the third object was asked for; on a busy machine it may be over.
        Assert.True(first.Requests.Count <= 3 || Stopwatch.GetElapsedTime(start) >= TimeSpan.FromSeconds(1), $"asked {first.Requests.Count} times");
    }

    [Theory]
    [InlineData(1)]
    [InlineData(50)]
    public async Task Get_UpstreamRefusesConnections_Is502AtOnce_AndTheNextOneAnswers(int clients)
    {
        using var closed = new ClosedPort();
        UpstreamOptions dead = ProximitySite.Upstream(closed.Url, closed.Url);
        await using ScriptedUpstream good = ScriptedUpstream.Serving(_content);
        await using TestServer alone = await ProximitySite.StartAsync(ProximitySite.Options([dead]));
        await using TestServer server = await ProximitySite.StartAsync(ProximitySite.Options([dead, ProximitySite.Upstream(good, 1)]));

        long start = Stopwatch.GetTimestamp();
        using HttpResponseMessage answer = await alone.Client.GetAsync(ColdContentTests.PathOf(_content), Token);

        Assert.Equal(HttpStatusCode.BadGateway, answer.StatusCode);
        // Not when its time is over: that would take 20 seconds.
        Assert.True(Stopwatch.GetElapsedTime(start) < TimeSpan.FromSeconds(15));
        Assert.All(await GetAsync(server, clients), body => ColdContentTests.AssertSame(_content, body!));
    }

    [Theory]
    [InlineData(1, 500)]
    [InlineData(50, 500)]
    [InlineData(1, 503)]
    [InlineData(1, 403)]
    [InlineData(1, 400)]
    [InlineData(1, 204)]
    public async Task Get_UpstreamAnswersNonsense_Is502_ThoughAnotherHasNothing(int clients, int status)
    {
        await using var upstream = new ScriptedUpstream(exchange => exchange.AnswerAsync(status));
        await using ScriptedUpstream empty = ScriptedUpstream.Serving();
        await using TestServer server = await ProximitySite.StartAsync(upstream, empty);

        HttpResponseMessage[] answers = await Task.WhenAll(Enumerable.Range(0, clients).Select(_ => server.Client.GetAsync(ColdContentTests.PathOf(_content), Token)));

        Assert.All(answers, answer => Assert.Equal(HttpStatusCode.BadGateway, answer.StatusCode));
        await ErrorLine.AssertAsync(answers[0], $"answered {status}");
    }

    [Fact]
    public async Task Get_TooManyTransfers_Is503()
    {
        var asked = new TaskCompletionSource();
        await using var upstream = new ScriptedUpstream(exchange =>
        {
            asked.TrySetResult();
            return exchange.HangAsync();
        });
        await using TestServer server = await ProximitySite.StartAsync(ProximitySite.Options([ProximitySite.Upstream(upstream)], maxTransfers: 1));
        using RawConnection first = await server.ConnectAsync();
        await first.SendAsync($"GET {ColdContentTests.PathOf([1])} HTTP/1.1\r\nHost: x\r\n\r\n");
        await asked.Task.WaitAsync(TimeSpan.FromSeconds(20), Token);

        using HttpResponseMessage second = await server.Client.GetAsync(ColdContentTests.PathOf([2]), Token);

        Assert.Equal(HttpStatusCode.ServiceUnavailable, second.StatusCode);
        Assert.Equal("10", second.Headers.RetryAfter!.ToString());
        await ErrorLine.AssertAsync(second, "upstream-max-transfers");
    }

    [Fact]
    public async Task Get_OldServer_SpeaksHttp10()
    {
        await using var upstream = new ScriptedUpstream(async exchange =>
        {
            await exchange.SendAsync($"HTTP/1.0 200 OK\r\nContent-Length: {_content.Length}\r\nServer: Werkzeug/0.9\r\nConnection: close\r\n\r\n");
            await exchange.SendAsync(_content);
            exchange.End();
        });
        await using TestServer server = await ProximitySite.StartAsync(upstream);

        ColdContentTests.AssertSame(_content, Assert.Single(await GetAsync(server, 1))!);
    }

    [Fact]
    public async Task Get_LocalContent_CostsNothingWhenUpstreamsHang()
    {
        await using var upstream = new ScriptedUpstream(exchange => exchange.HangAsync());
        await using TestServer server = await ProximitySite.StartAsync(upstream);
        using HttpResponseMessage put = await server.Client.PutAsync(ColdContentTests.PathOf(_content), new ByteArrayContent(_content), Token);

        ColdContentTests.AssertSame(_content, await server.Client.GetByteArrayAsync(ColdContentTests.PathOf(_content), Token));

        Assert.Empty(upstream.Requests);
    }

    private Task<byte[]?[]> GetAsync(TestServer server, int clients, byte[]? content = null) =>
        Task.WhenAll(Enumerable.Range(0, clients).Select(_ => GetOneAsync(server, ColdContentTests.PathOf(content ?? _content))));

    /// <returns>The body; null when it was cut off, or the answer is an error.</returns>
    private static async Task<byte[]?> GetOneAsync(TestServer server, string path)
    {
        try
        {
            return await server.Client.GetByteArrayAsync(path, Token).WaitAsync(TimeSpan.FromSeconds(60), Token);
        }
        catch (HttpRequestException)
        {
            return null;
        }
    }
}
