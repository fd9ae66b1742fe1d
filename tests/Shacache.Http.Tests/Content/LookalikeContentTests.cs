using System.Net;
using System.Security.Cryptography;
using System.Text;
using Shacache.Core.Blobs;
using Shacache.Http.Tests.Gateway;
using Shacache.Http.Tests.Tls;

namespace Shacache.Http.Tests.Content;

/// <summary>Content that looks like an answer of the server arrives as it is, wherever in the answer it begins.</summary>
public sealed class LookalikeContentTests
{
    private const string FalseAnswer = "HTTP/1.1 400 x\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";

    public static TheoryData<string, int> Cases { get; } = new(
        from way in new[] { "http", "https 1.1", "https 2.0" }
        from before in new[] { 0, 1, 4096, 16_384, 65_535, 65_536, 131_072, 196_608, 262_144, 458_752 }
        select (way, before));

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task Get_ContentWithAFalseAnswerAtItsEnd_ArrivesAsItIs(string way, int bytesBefore)
    {
        byte[] content = Content(bytesBefore);
        string[] words = way.Split(' ');
        await using TlsSite site = await TlsSite.StartAsync();
        await site.Server.Blobs.StoreAsync(Digest.Compute(content), content, Token);
        using HttpClient client = words.Length == 1 ? new HttpClient { BaseAddress = site.Server.Url } : site.NewClient(Version.Parse(words[1]));

        using HttpResponseMessage answer = await client.GetAsync($"/shacache/{Digest.Compute(content)}", Token);

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal(content.Length, answer.Content.Headers.ContentLength);
        byte[] received = await answer.Content.ReadAsByteArrayAsync(Token);
        Assert.True(content.AsSpan().SequenceEqual(received));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(65_536)]
    [InlineData(100_000)]
    public async Task GetThroughTheGateway_FalseAnswerThatComesByItself_ArrivesAsItIs(int bytesBefore)
    {
        byte[] content = Content(bytesBefore);
        var first = new TaskCompletionSource();
        await using OriginServer origin = await OriginServer.StartAsync(async context =>
        {
            context.Response.ContentLength = content.Length;
            await context.Response.Body.WriteAsync(content.AsMemory(0, bytesBefore));
            await context.Response.Body.FlushAsync();
            await first.Task;
            await context.Response.Body.WriteAsync(content.AsMemory(bytesBefore));
        });
        await using TestServer server = await GatewaySite.StartAsync();
        using RawConnection connection = await server.ConnectAsync();
        await connection.SendAsync($"GET /fetch/http/{origin.Host}/file HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");

        string received = await connection.ReadUntilAsync("\r\n\r\n");
        int head = received.IndexOf("\r\n\r\n", StringComparison.Ordinal) + 4;
        received += await connection.ReadBytesAsync(bytesBefore - (received.Length - head));
        first.SetResult();
        received += await connection.ReadToEndAsync();

        Assert.StartsWith("HTTP/1.1 200 ", received, StringComparison.Ordinal);
        Assert.Equal(Encoding.Latin1.GetString(content), received[head..]);
    }

    private static byte[] Content(int bytesBefore) => [.. RandomNumberGenerator.GetBytes(bytesBefore), .. Encoding.ASCII.GetBytes(FalseAnswer)];
}
