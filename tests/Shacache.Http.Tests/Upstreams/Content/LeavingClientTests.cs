using System.Net.Sockets;
using System.Security.Cryptography;
using Shacache.Http.Upstreams;
using Shacache.Testing.Upstreams;

namespace Shacache.Http.Tests.Upstreams.Content;

/// <summary>Clients that leave before they have everything.</summary>
public sealed class LeavingClientTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    private readonly byte[] _content = RandomNumberGenerator.GetBytes(8_000_000);
    private readonly TaskCompletionSource _goOn = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Get_OneOfManyLeaves_TheOthersDoNotNotice()
    {
        await using ScriptedUpstream upstream = InTwoParts(1_000_000);
        await using TestServer server = await StartAsync(upstream, TimeSpan.FromSeconds(20));

        RawConnection leaving = await AskAsync(server);
        Task<byte[]>[] others = [.. Enumerable.Range(0, 10).Select(_ => server.Client.GetByteArrayAsync(ColdContentTests.PathOf(_content), Token))];
        leaving.Reset();
        leaving.Dispose();
        _goOn.SetResult();

        foreach (byte[] body in await Task.WhenAll(others))
            ColdContentTests.AssertSame(_content, body);
        Assert.Single(upstream.Requests);
    }

    [Theory]
    [InlineData(5_000_000)]
    [InlineData(7_900_000)]
    public async Task Get_AllLeaveWhenMostIsThere_IsFinishedInTheBackground(int firstPart)
    {
        await using ScriptedUpstream upstream = InTwoParts(firstPart);
        await using TestServer server = await StartAsync(upstream, TimeSpan.Zero);

        using (RawConnection leaving = await AskAsync(server))
        {
            // All that is shown of the first part: then it is here.
            await leaving.ReadBytesAsync(firstPart - 100_000);
            leaving.Reset();
        }

        _goOn.SetResult();

        await ColdContentTests.StoredAsync(server, _content);
        Assert.Single(upstream.Requests);
    }

    [Fact]
    public async Task Get_ClientLooksOnlyWhetherItExists_TheTransferIsGivenUp()
    {
        var gone = new TaskCompletionSource();
        await using var upstream = new ScriptedUpstream(async exchange =>
        {
            await exchange.SendHeadAsync(_content.Length);
            await exchange.SendAsync(_content.AsMemory(0, 500_000));
            try
            {
                for (int offset = 500_000; ; offset += 1000)
                {
                    await exchange.SendAsync(_content.AsMemory(offset, 1000));
                    await Task.Delay(20, exchange.Stop);
                }
            }
            catch (SocketException)
            {
                gone.SetResult();
            }
        });
        await using TestServer server = await StartAsync(upstream, TimeSpan.FromMilliseconds(100));

        using (RawConnection old = await AskAsync(server))
            old.Reset();

        await gone.Task.WaitAsync(Patience, Token);
        Assert.Equal(0, await server.Blobs.ListAsync(Token).CountAsync(Token));
    }

    [Fact]
    public async Task Get_SmallObjectThatNobodyWaitsFor_IsFinished()
    {
        byte[] content = _content[..100_000];
        await using ScriptedUpstream upstream = ScriptedUpstream.Serving(content);
        await using TestServer server = await StartAsync(upstream, TimeSpan.Zero);

        using (RawConnection old = await server.ConnectAsync())
        {
            await old.SendAsync($"GET {ColdContentTests.PathOf(content)} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
            await old.ReadUntilAsync("\r\n\r\n");
            old.Reset();
        }

        await ColdContentTests.StoredAsync(server, content);
    }

    [Fact]
    public async Task Get_SomebodyComesBackInTime_TheSameTransferGoesOn()
    {
        await using ScriptedUpstream upstream = InTwoParts(1_000_000);
        await using TestServer server = await StartAsync(upstream, Patience);

        using (RawConnection leaving = await AskAsync(server))
            leaving.Reset();
        _goOn.SetResult();

        ColdContentTests.AssertSame(_content, await server.Client.GetByteArrayAsync(ColdContentTests.PathOf(_content), Token));
        Assert.Single(upstream.Requests);
    }

    private ScriptedUpstream InTwoParts(int firstPart) => new(async exchange =>
    {
        await exchange.SendHeadAsync(_content.Length);
        await exchange.SendAsync(_content.AsMemory(0, firstPart));
        await _goOn.Task.WaitAsync(Patience, exchange.Stop);
        await exchange.SendAsync(_content.AsMemory(firstPart));
    });

    private static Task<TestServer> StartAsync(ScriptedUpstream upstream, TimeSpan abandonDelay) => ProximitySite.StartAsync(new ProximityOptions
    {
        Upstreams = [ProximitySite.Upstream(upstream)],
        AbandonDelay = abandonDelay,
    });

    /// <summary>Asks as old clients do, and waits for the head of the answer.</summary>
    private async Task<RawConnection> AskAsync(TestServer server)
    {
        RawConnection connection = await server.ConnectAsync();
        await connection.SendAsync($"GET {ColdContentTests.PathOf(_content)} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        await connection.ReadUntilAsync("\r\n\r\n");
        return connection;
    }
}
