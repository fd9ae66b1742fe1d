using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Security.Cryptography;
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
        int[] ports = [FreePort(), FreePort(), FreePort()];
        ServerProcess[] servers = [await StartAsync(folder, ports, 0), await StartAsync(folder, ports, 1), await StartAsync(folder, ports, 2)];
        try
        {
            ConcurrentQueue<Digest> wanted = new(await PublishAsync(servers[0].Url));
            using NetworkCacheClient client = new(new NetworkCacheOptions
            {
                Servers = new CacheServers
                {
                    DownloadCache = [CacheUrl.Parse($"http://127.0.0.1:{ports[2]}/shacache")],
                    DownloadDirectory = [CacheUrl.Parse($"http://127.0.0.1:{ports[2]}/shadir")],
                },

                // A server takes a second to start; on a busy machine ten.
                MaxRetries = 15,
                MaxRetryDelay = TimeSpan.FromSeconds(2),
            });
            Task[] workers = [.. Enumerable.Range(0, Workers).Select(_ => DownloadAllAsync(client, wanted))];

            for (int restarted = 0; restarted < servers.Length; restarted++)
            {
                int left = Objects * (servers.Length - restarted) / (servers.Length + 1);
                while (wanted.Count > left && !workers.Any(worker => worker.IsCompleted))
                    await Task.Delay(5, Token);
                Assert.False(wanted.IsEmpty);
                await servers[restarted].TerminateAsync();
                Assert.Equal(0, await servers[restarted].WaitForExitAsync());
                servers[restarted].Dispose();
                servers[restarted] = await StartAsync(folder, ports, restarted);
            }

            await Task.WhenAll(workers);
            Assert.Empty(wanted);
        }
        finally
        {
            foreach (ServerProcess server in servers)
                server.Dispose();
        }
    }

    private static Task<ServerProcess> StartAsync(TemporaryFolder folder, int[] ports, int number)
    {
        string[] own = ["serve", "--data", folder[$"data-{number}"], "--listen", $"http://127.0.0.1:{ports[number]}", "--shutdown-timeout", "200ms"];
        return ServerProcess.StartAsync(number == 0
            ? own
            : [.. own, "--upstream", $"http://127.0.0.1:{ports[number - 1]}/shacache", $"http://127.0.0.1:{ports[number - 1]}/shadir"]);
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
    private static async Task DownloadAllAsync(NetworkCacheClient client, ConcurrentQueue<Digest> wanted)
    {
        while (wanted.TryDequeue(out Digest digest))
        {
            Assert.Equal(digest, Assert.Single(await client.SelectAsync(KeyOf(digest), Token)).Entry.Digest);
            await client.DownloadAsync(digest, Stream.Null, cancellationToken: Token);
        }
    }

    internal static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
