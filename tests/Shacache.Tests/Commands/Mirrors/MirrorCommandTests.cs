using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Shacache.Cli.Running;
using Shacache.Core.Blobs;
using Shacache.Core.Entries;
using Shacache.Core.Upstreams;
using Shacache.Testing;
using Shacache.Testing.Upstreams;
using Shacache.Tests.Serving;

namespace Shacache.Tests.Commands.Mirrors;

/// <summary>The commands about upstreams, against servers that are processes and come and go.</summary>
public sealed class MirrorCommandTests
{
    private static readonly byte[] Content = [.. Enumerable.Range(0, 100_000).Select(i => (byte)i)];
    private static readonly string Information = $$"""{"sha512": "{{Digest.Compute(Content)}}"}""";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Queue_ServerIsKilledWithUploadsWaiting_TheyArriveAfterItsRestart()
    {
        using var folder = new TemporaryFolder();
        string upstreamUrl = $"http://{OwnLoopback.NewEndPoint()}";
        string[] front = ["serve", "--data", folder["front"], "--listen", "http://127.0.0.1:0", "--forward", "--upstream", $"{upstreamUrl}/shacache", $"{upstreamUrl}/shadir"];
        using (ServerProcess first = await ServerProcess.StartAsync(front))
        {
            using var http = new HttpClient { BaseAddress = first.Url };
            using HttpResponseMessage content = await http.PostAsync("/shacache", new ByteArrayContent(Content), Token);
            using HttpResponseMessage entry = await http.PutAsJsonAsync("/shadir/pypi:a=1", new[] { Information, "" }, Token);
            Assert.Equal((HttpStatusCode.Created, HttpStatusCode.Created), (content.StatusCode, entry.StatusCode));
            ProgramResult shown = await ShacacheProgram.RunAsync(folder.Path, "mirror", "queue", "--data", folder["front"]);
            Assert.Equal(0, shown.ExitCode);
            Assert.Contains("entry pypi:a=1", shown.Text, StringComparison.Ordinal);
            Assert.Contains("2 waiting, 0 refused.", shown.Error, StringComparison.Ordinal);
            await first.SignalAsync("KILL");
            await first.WaitForExitAsync();
        }

        using ServerProcess upstream = await ServerProcess.StartAsync("serve", "--data", folder["upstream"], "--listen", upstreamUrl);
        using ServerProcess again = await ServerProcess.StartAsync(front);
        ForwardReportDocument report;
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(Token);
        patience.CancelAfter(TimeSpan.FromSeconds(60));
        do
        {
            ProgramResult queue = await ShacacheProgram.RunAsync(folder.Path, "mirror", "queue", "--json", "--url", again.Url.ToString());
            report = JsonSerializer.Deserialize(queue.Text, MirrorDocuments.Default.ForwardReportDocument)!;
            patience.Token.ThrowIfCancellationRequested();
        }
        while (report.Waiting > 0);

        Assert.Equal(0, report.Refused);
        using var client = new HttpClient { BaseAddress = upstream.Url };
        Assert.Equal(Content, await client.GetByteArrayAsync($"/shacache/{Digest.Compute(Content)}", Token));
        SignedEntry listed = Assert.Single(EntryDocument.ParseListing(await client.GetByteArrayAsync("/shadir/pypi:a=1", Token), out _)!);
        Assert.Equal(Information, listed.Information);
    }

    [Fact]
    public async Task Refresh_EntriesChanged_SaysWhich()
    {
        using var folder = new TemporaryFolder();
        bool isChanged = false;
        string listing = JsonSerializer.Serialize(new[] { new[] { Information, "" } });
        await using var upstream = new ScriptedUpstream(exchange => isChanged
            ? exchange.AnswerAsync(404)
            : exchange.SendAsync($"HTTP/1.1 200 OK\r\nContent-Length: {listing.Length}\r\n\r\n{listing}"));
        using ServerProcess server = await ServerProcess.StartAsync(
            "serve", "--data", folder["data"], "--listen", "http://127.0.0.1:0", "--upstream", upstream.CacheUrl.ToString(), upstream.DirectoryUrl.ToString());
        using var http = new HttpClient { BaseAddress = server.Url };
        await http.GetStringAsync("/shadir/key", Token);

        ProgramResult same = await ShacacheProgram.RunAsync(folder.Path, "mirror", "refresh", "--data", folder["data"]);
        isChanged = true;
        ProgramResult changed = await ShacacheProgram.RunAsync(folder.Path, "mirror", "refresh", "--url", server.Url.ToString());

        Assert.Equal((0, ""), (same.ExitCode, same.Text));
        Assert.Contains("0 keys removed, 0 updated.", same.Error, StringComparison.Ordinal);
        Assert.Equal((0, "removed key\n"), (changed.ExitCode, changed.Text));
        Assert.Contains("1 key removed, 0 updated.", changed.Error, StringComparison.Ordinal);
        using HttpResponseMessage gone = await http.GetAsync("/shadir/key", Token);
        Assert.Equal(HttpStatusCode.NotFound, gone.StatusCode);
    }

    [Fact]
    public async Task Refresh_NoServerRuns_IsOneLine()
    {
        using var folder = new TemporaryFolder();

        ProgramResult result = await ShacacheProgram.RunAsync(folder.Path, "mirror", "refresh", "--data", folder["data"]);

        Assert.Equal(1, result.ExitCode);
        Assert.Contains("no server runs", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Serve_ForwardWithoutUpstream_IsRefused()
    {
        using var folder = new TemporaryFolder();

        (int exitCode, string error) = await ServerProcess.RunAsync("serve", "--data", folder["data"], "--forward");

        Assert.Equal(78, exitCode);
        Assert.Contains("forward: there is no upstream", error, StringComparison.Ordinal);
    }
}
