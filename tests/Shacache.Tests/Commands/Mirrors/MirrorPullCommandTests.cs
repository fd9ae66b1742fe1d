using System.Diagnostics;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Shacache.Cli.Running;
using Shacache.Core.Blobs;
using Shacache.Testing;
using Shacache.Testing.Upstreams;
using Shacache.Tests.Serving;

namespace Shacache.Tests.Commands.Mirrors;

/// <summary>mirror pull, with servers that are processes.</summary>
public sealed class MirrorPullCommandTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Pull_UpstreamIsGoneAfterwards_AnswersAreTheSameAfterARestart()
    {
        using var folder = new TemporaryFolder();
        string[] keys = [.. Enumerable.Range(0, 30).Select(i => $"pypi:{i} é%+😀"), "file-urlmd5:x"];
        List<string> paths = [];
        string[] front;
        List<string> with;
        using (ServerProcess upstream = await ServerProcess.StartAsync("serve", "--data", folder["upstream"], "--listen", "http://127.0.0.1:0"))
        {
            using var http = new HttpClient { BaseAddress = upstream.Url };
            foreach ((int i, string key) in keys.Index())
            {
                byte[] content = Bytes(i);
                using HttpResponseMessage put = await http.PostAsync("/shacache", new ByteArrayContent(content), Token);
                string path = $"/shadir/{Uri.EscapeDataString(key)}";
                using HttpResponseMessage listed = await http.PutAsJsonAsync(path, new[] { Information(content), "" }, Token);
                Assert.True(put.IsSuccessStatusCode && listed.IsSuccessStatusCode);
                paths.AddRange([path, $"/shacache/{Digest.Compute(content)}"]);
            }

            front = Front(folder, new Uri(upstream.Url, "shacache"), new Uri(upstream.Url, "shadir"));
            using ServerProcess server = await ServerProcess.StartAsync(front);
            ProgramResult some = await ShacacheProgram.RunAsync(folder.Path, "mirror", "pull", "--data", folder["front"], "--prefix", "file-", "--prefix", "file-urlmd5:");
            ProgramResult all = await ShacacheProgram.RunAsync(folder.Path, "mirror", "pull", "--url", server.Url.ToString(), "--prefix", "", "--json");
            ProgramResult again = await ShacacheProgram.RunAsync(folder.Path, "mirror", "pull", "--data", folder["front"], "--since", "1h");
            ProgramResult nothing = await ShacacheProgram.RunAsync(folder.Path, "mirror", "pull", "--data", folder["front"], "--since", "2999-01-01", "--upstream", "127.0.0.1:" + upstream.Url.Port);

            Assert.Equal((0, "1 key (1 new or changed) with 1 entry; 1 object transferred (300000 bytes), 0 there already; 0 failed."), (some.ExitCode, some.Error.Trim()));
            Assert.Equal(0, all.ExitCode);
            JsonNode report = JsonNode.Parse(all.Text)!;
            Assert.Equal([31, 30, 31, 30, 30 * 300_000, 1, 0], Numbers(report, "keys", "changed_keys", "entries", "objects", "bytes", "here", "failed"));
            Assert.Contains("31 keys (0 new or changed) with 31 entries; 0 objects transferred (0 bytes), 31 there already; 0 failed.", again.Error, StringComparison.Ordinal);
            Assert.Equal(0, again.ExitCode);
            Assert.Contains("0 keys", nothing.Error, StringComparison.Ordinal);
            with = await AskAsync(server.Url, paths);
            await server.SignalAsync("KILL");
            await server.WaitForExitAsync();
        }

        using ServerProcess alone = await ServerProcess.StartAsync(front);
        Assert.Equal(with, await AskAsync(alone.Url, paths));
    }

    [Fact]
    public async Task Pull_ServerIsKilledInTheMiddle_SecondRunTransfersOnlyWhatIsMissing()
    {
        const int Count = 24;
        using var folder = new TemporaryFolder();
        int served = 0;
        bool isStuck = true;
        var stuck = new TaskCompletionSource();
        Func<ScriptedExchange, Task> serve = ScriptedUpstream.Serve([.. Enumerable.Range(0, Count).Select(Bytes)]);
        await using var upstream = new ScriptedUpstream(async exchange =>
        {
            if (exchange.Request.Target.StartsWith("/shadir/", StringComparison.Ordinal))
            {
                await AnswerAsync(exchange, $"""[[{JsonSerializer.Serialize(Information(Bytes(int.Parse(exchange.Request.Target["/shadir/".Length..]))))}, ""]]""");
            }
            else if (Volatile.Read(ref isStuck) && Interlocked.Increment(ref served) > Count / 2)
            {
                stuck.TrySetResult();
                await exchange.HangAsync();
            }
            else
            {
                await serve(exchange);
            }
        });
        await File.WriteAllLinesAsync(folder["keys"], Enumerable.Range(0, Count).Select(i => $"{i}"), Token);
        string[] front = Front(folder, upstream.CacheUrl, upstream.DirectoryUrl);
        string[] pull = ["mirror", "pull", "--data", folder["front"], "--keys", "keys", "--jobs", "2", "--json"];
        using (ServerProcess server = await ServerProcess.StartAsync(front))
        {
            Task<ProgramResult> running = ShacacheProgram.RunAsync(folder.Path, pull);
            await stuck.Task.WaitAsync(Patience, Token);
            await server.SignalAsync("KILL");
            await server.WaitForExitAsync();
            ProgramResult broken = await running;
            Assert.Equal(1, broken.ExitCode);
            Assert.False((bool)JsonNode.Parse(broken.Text)!["done"]!);
        }

        using ServerProcess again = await ServerProcess.StartAsync(front);
        // By now what the killed one had asked for was read, too.
        Volatile.Write(ref isStuck, false);
        int before = upstream.Requests.Count(IsContent);
        ProgramResult done = await ShacacheProgram.RunAsync(folder.Path, pull);

        Assert.Equal(0, done.ExitCode);
        JsonNode report = JsonNode.Parse(done.Text)!;
        Assert.InRange((int)report["here"]!, (Count / 2) - 2, Count / 2);
        Assert.Equal(Count, (int)report["here"]! + (int)report["objects"]!);
        Assert.Equal((int)report["objects"]!, upstream.Requests.Count(IsContent) - before);
        using var http = new HttpClient { BaseAddress = again.Url };
        for (int i = 0; i < Count; i++)
            Assert.Equal(Bytes(i), await http.GetByteArrayAsync($"/shacache/{Digest.Compute(Bytes(i))}", Token));
    }

    [Fact]
    public async Task Pull_Interrupted_SaysHowFarItCameAndEndsAtOnce()
    {
        using var folder = new TemporaryFolder();
        var asked = new TaskCompletionSource();
        await using var upstream = new ScriptedUpstream(exchange =>
        {
            asked.TrySetResult();
            return exchange.HangAsync();
        });
        await File.WriteAllTextAsync(folder["keys"], "a\n\nb\n", Token);
        using ServerProcess server = await ServerProcess.StartAsync(Front(folder, upstream.CacheUrl, upstream.DirectoryUrl));
        ProcessStartInfo start = ShacacheProgram.StartInfo(folder.Path, ShacacheProgram.Path, ["mirror", "pull", "--data", folder["front"], "--keys", "keys"]);
        using Process pull = Process.Start(start)!;
        Task<string> error = pull.StandardError.ReadToEndAsync(Token);
        await asked.Task.WaitAsync(Patience, Token);

        using (Process kill = Process.Start("kill", ["-INT", $"{pull.Id}"]))
            await kill.WaitForExitAsync(Token);
        await pull.WaitForExitAsync(Token).WaitAsync(Patience, Token);

        Assert.Equal(130, pull.ExitCode);
        Assert.Contains("Stopped: 0 keys", await error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Pull_UpstreamOfTheOldKind_PointsToKeys_AndThoseArePulled()
    {
        using var folder = new TemporaryFolder();
        byte[] bad = Bytes(2);
        Func<ScriptedExchange, Task> serve = ScriptedUpstream.Serve(Bytes(1));
        await using var upstream = new ScriptedUpstream(exchange => exchange.Request.Target switch
        {
            "/shadir/good" => AnswerAsync(exchange, $"""[[{JsonSerializer.Serialize(Information(Bytes(1)))}, ""]]"""),
            "/shadir/lies" => AnswerAsync(exchange, $"""[[{JsonSerializer.Serialize(Information(bad))}, ""]]"""),
            _ when exchange.Request.Target.EndsWith(Digest.Compute(bad).ToString(), StringComparison.Ordinal) => exchange.ServeAsync(new byte[bad.Length]),
            _ => serve(exchange),
        });
        await File.WriteAllTextAsync(folder["keys"], "good\r\n\nlies\nnowhere\n", Token);
        using ServerProcess server = await ServerProcess.StartAsync(Front(folder, upstream.CacheUrl, upstream.DirectoryUrl));

        ProgramResult listed = await ShacacheProgram.RunAsync(folder.Path, "mirror", "pull", "--data", folder["front"], "--prefix", "");
        ProgramResult named = await ShacacheProgram.RunAsync(folder.Path, "mirror", "pull", "--data", folder["front"], "--keys", "keys", "--json");

        Assert.Equal(1, listed.ExitCode);
        Assert.Contains("does not list its keys", listed.Error, StringComparison.Ordinal);
        Assert.Contains("--keys FILE", listed.Error, StringComparison.Ordinal);
        Assert.Equal(1, named.ExitCode);
        JsonNode report = JsonNode.Parse(named.Text)!;
        Assert.Equal([3, 2, 1, 2], Numbers(report, "keys", "entries", "objects", "failed"));
        Assert.Equal(
            [("lies", Digest.Compute(bad).ToString()), ("nowhere", null)],
            report["failures"]!.AsArray().Select(one => ((string)one!["key"]!, (string?)one["sha512"])).Order());
        Assert.Contains("another digest", named.Error, StringComparison.Ordinal);
        using var http = new HttpClient { BaseAddress = server.Url };
        Assert.Equal(Bytes(1), await http.GetByteArrayAsync($"/shacache/{Digest.Compute(Bytes(1))}", Token));
    }

    [Fact]
    public async Task Pull_UpstreamIsDown_StopsBeforeEveryKeyWasTriedInVain()
    {
        using var folder = new TemporaryFolder();
        var nowhere = new Uri($"http://{OwnLoopback.NewEndPoint()}/shadir");
        await File.WriteAllLinesAsync(folder["keys"], Enumerable.Range(0, 2000).Select(i => $"{i}"), Token);
        using ServerProcess server = await ServerProcess.StartAsync(Front(folder, nowhere, nowhere));

        ProgramResult result = await ShacacheProgram.RunAsync(folder.Path, "mirror", "pull", "--data", folder["front"], "--keys", "keys");

        Assert.Equal(1, result.ExitCode);
        Assert.Contains("failed one after the other", result.Error, StringComparison.Ordinal);
        Assert.InRange(result.Error.Split('\n').Length, 32, 60);
    }

    [Theory]
    [InlineData("say what to pull")]
    [InlineData("--keys says which keys", "--keys", "file", "--prefix", "a")]
    [InlineData("--keys says which keys", "--keys", "file", "--upstream", "a")]
    [InlineData("--jobs must be 1 to 64", "--prefix", "a", "--jobs", "0")]
    [InlineData("is no time", "--since", "yesterday")]
    public async Task Pull_OptionsThatMakeNoSense_AreRefusedBeforeAServerIsLookedFor(string line, params string[] options)
    {
        using var folder = new TemporaryFolder();

        ProgramResult result = await ShacacheProgram.RunAsync(folder.Path, ["mirror", "pull", .. options]);

        Assert.Equal(2, result.ExitCode);
        Assert.Contains(line, result.Error, StringComparison.Ordinal);
    }

    private static bool IsContent(ScriptedRequest request) => request.Target.StartsWith("/shacache/", StringComparison.Ordinal);

    private static string[] Front(TemporaryFolder folder, Uri cache, Uri directory) =>
        ["serve", "--data", folder["front"], "--listen", "http://127.0.0.1:0", "--upstream", cache.ToString(), directory.ToString()];

    private static byte[] Bytes(int number)
    {
        byte[] bytes = new byte[300_000];
        new Random(number).NextBytes(bytes);
        return bytes;
    }

    private static string Information(byte[] content) => $$"""{"sha512":   "{{Digest.Compute(content)}}", "x": "\u00e9 é"}""";

    private static long[] Numbers(JsonNode report, params string[] names) => [.. names.Select(name => (long)report[name]!)];

    private static async Task<List<string>> AskAsync(Uri url, List<string> paths)
    {
        using var http = new HttpClient { BaseAddress = url };
        List<string> answers = [];
        foreach (string path in paths)
        {
            using HttpResponseMessage answer = await http.GetAsync(path, Token);
            Assert.True(answer.IsSuccessStatusCode, $"{path}: {answer.StatusCode}");
            answers.Add(Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(await answer.Content.ReadAsByteArrayAsync(Token))));
        }

        return answers;
    }

    private static async Task AnswerAsync(ScriptedExchange exchange, string json)
    {
        byte[] body = Encoding.UTF8.GetBytes(json);
        await exchange.SendAsync($"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {body.Length}\r\n\r\n");
        await exchange.SendAsync(body);
    }
}
