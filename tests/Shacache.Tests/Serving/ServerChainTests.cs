using System.Net;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Threading.Channels;
using Shacache.Client;
using Shacache.Client.Configuration;
using Shacache.Core.Blobs;
using Shacache.Core.Entries;
using Shacache.Testing;

namespace Shacache.Tests.Serving;

/// <summary>Three servers, each in front of the next, as processes that come and go.</summary>
public sealed class ServerChainTests
{
    private const int Objects = 120;
    private const int ObjectBytes = 700_000;
    private const int Workers = 6;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Serve_ChainIsRestartedOneAfterTheOtherUnderLoad_NoDownloadFails_AndNoByteIsWrong()
    {
        using var folder = new TemporaryFolder();
        string[] urls = [.. Enumerable.Range(0, 3).Select(_ => $"http://{OwnLoopback.NewEndPoint()}")];
        ServerProcess[] servers = [await StartAsync(folder, urls, 0), await StartAsync(folder, urls, 1), await StartAsync(folder, urls, 2)];
        try
        {
            List<Digest> published = await PublishAsync(servers[0].Url);
            var wanted = Channel.CreateUnbounded<Digest>();
            using NetworkCacheClient client = new(new NetworkCacheOptions
            {
                Servers = new CacheServers
                {
                    DownloadCache = [CacheUrl.Parse($"{urls[2]}/shacache")],
                    DownloadDirectory = [CacheUrl.Parse($"{urls[2]}/shadir")],
                },

                // A server takes a second to start; on a busy machine ten.
                MaxRetries = 15,
                MaxRetryDelay = TimeSpan.FromSeconds(2),
            });
            Task<int>[] workers = [.. Enumerable.Range(0, Workers).Select(_ => DownloadAllAsync(client, wanted.Reader))];

            // Each server goes down as soon as its part of the work begins, so that there is work left however fast it is done.
            for (int restarted = 0; restarted < servers.Length; restarted++)
            {
                await OfferAsync(restarted);
                await servers[restarted].TerminateAsync();
                Assert.Equal(0, await servers[restarted].WaitForExitAsync());
                servers[restarted].Dispose();
                servers[restarted] = await StartAsync(folder, urls, restarted);
            }

            await OfferAsync(servers.Length);
            wanted.Writer.Complete();
            Assert.Equal(Objects, (await Task.WhenAll(workers)).Sum());

            async Task OfferAsync(int part)
            {
                foreach (Digest digest in published.Chunk(Objects / (servers.Length + 1)).ElementAt(part))
                    await wanted.Writer.WriteAsync(digest, Token);
            }
        }
        finally
        {
            foreach (ServerProcess server in servers)
                server.Dispose();
        }
    }

    private static Task<ServerProcess> StartAsync(TemporaryFolder folder, string[] urls, int number)
    {
        string[] own = ["serve", "--data", folder[$"data-{number}"], "--listen", urls[number], "--shutdown-timeout", "200ms"];
        return ServerProcess.StartAsync(number == 0
            ? own
            : [.. own, "--upstream", $"{urls[number - 1]}/shacache", $"{urls[number - 1]}/shadir"]);
    }

    private static async Task<List<Digest>> PublishAsync(Uri server)
    {
        using var http = new HttpClient();
        List<Digest> digests = [];
        for (int i = 0; i < Objects; i++)
        {
            using var content = new ByteArrayContent(RandomNumberGenerator.GetBytes(ObjectBytes + i));
            using HttpResponseMessage answer = await http.PostAsync(new Uri(server, "/shacache"), content, Token);
            var digest = Digest.Parse(await answer.Content.ReadAsStringAsync(Token));
            using HttpResponseMessage listed = await http.PutAsJsonAsync(
                new Uri(server, $"/shadir/{KeyOf(digest)}"), new[] { $$"""{"sha512": "{{digest}}"}""", "" }, Token);
            Assert.Equal(HttpStatusCode.Created, listed.StatusCode);
            digests.Add(digest);
        }

        return digests;
    }

    private static EntryKey KeyOf(Digest digest) => EntryKey.Create($"object:{digest.ToString()[..32]}");

    /// <summary>The client verifies each digest itself.</summary>
    /// <returns>How many it downloaded.</returns>
    private static async Task<int> DownloadAllAsync(NetworkCacheClient client, ChannelReader<Digest> wanted)
    {
        int done = 0;
        await foreach (Digest digest in wanted.ReadAllAsync(Token))
        {
            Assert.Equal(digest, Assert.Single(await client.SelectAsync(KeyOf(digest), Token)).Entry.Digest);
            await client.DownloadAsync(digest, Stream.Null, cancellationToken: Token);
            done++;
        }

        return done;
    }
}
