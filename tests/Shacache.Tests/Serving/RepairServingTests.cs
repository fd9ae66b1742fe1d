using System.Collections.Concurrent;
using System.Net;
using System.Text.Json;
using Shacache.Cli.Running;
using Shacache.Cli.Serving.Storage;
using Shacache.Core.Blobs;
using Shacache.Core.Blobs.Repair;
using Shacache.Testing;

namespace Shacache.Tests.Serving;

/// <summary>A thousand objects, ten of which rotted while the server did not run, as an operator and eight clients meet them.</summary>
public sealed class RepairServingTests : IDisposable
{
    private const int Count = 1000;
    private const int Readers = 8;
    private static readonly int[] Lengths = [10, 2_000, 70_000, 200_000, 4_500_000];
    private static readonly int[] Spoiled = [0, 1, 2, 3, 4, 505, 506, 507, 508, 999];

    private readonly TemporaryFolder _folder = new();
    private readonly HttpClient _http = new() { Timeout = TimeSpan.FromMinutes(2) };
    private readonly ConcurrentQueue<string> _wrong = [];
    private readonly ConcurrentDictionary<HttpStatusCode, int> _statuses = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _http.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task Scrub_WithoutUpstream_FindsExactlyTheDamaged_AndTheyAre404()
    {
        Digest[] names = await FillAsync("data");
        Spoil("data", names);
        using ServerProcess server = await ServerProcess.StartAsync("serve", "--data", _folder["data"], "--listen", "http://127.0.0.1:0");
        (int exitCode, ScrubReportDocument report) = await ScrubWhileReadAsync(server, names);

        Assert.Empty(_wrong);
        Assert.Equal((1, 10L), (exitCode, report.Damaged));
        Assert.Equal(Spoiled.Select(number => names[number].ToString()).Order(), report.DamagedObjects.Select(one => one.Sha512).Order());
        for (int number = 0; number < Count; number += number < 20 ? 1 : 7)
            Assert.Equal(Spoiled.Contains(number) ? HttpStatusCode.NotFound : HttpStatusCode.OK, await GetAsync(server, names[number]));
        ProgramResult check = await AdminAsync("check");
        Assert.Equal(1, check.ExitCode);
        Assert.Contains("10 objects damaged or lost, and not healed", check.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Scrub_WithUpstream_AllAreWholeAgain_WithoutOne404()
    {
        Digest[] names = await FillAsync("upstream");
        await FillAsync("data");
        Spoil("data", names);
        using ServerProcess upstream = await ServerProcess.StartAsync("serve", "--data", _folder["upstream"], "--listen", "http://127.0.0.1:0");
        using ServerProcess server = await ServerProcess.StartAsync(
            "serve", "--data", _folder["data"], "--listen", "http://127.0.0.1:0",
            "--upstream", new Uri(upstream.Url, "/shacache").AbsoluteUri, new Uri(upstream.Url, "/shadir").AbsoluteUri);
        (int exitCode, ScrubReportDocument report) = await ScrubWhileReadAsync(server, names);

        Assert.Empty(_wrong);
        Assert.DoesNotContain(HttpStatusCode.NotFound, _statuses.Keys);
        Assert.Equal((0, 0L), (exitCode, report.Damaged));
        foreach (int number in Spoiled)
            Assert.Equal(HttpStatusCode.OK, await GetAsync(server, names[number]));
        ScrubStateDocument state = Read((await AdminAsync("scrub", "--json")).AssertDone(), RepairDocuments.Default.ScrubStateDocument);
        Assert.Equal((0L, 10L), (state.Damaged, state.Healed));
        Assert.All(Spoiled, number => Assert.True(File.Exists(PathOf("data", names[number]))));
        CheckReportDocument check = Read((await AdminAsync("check", "--json")).AssertDone(), RepairDocuments.Default.CheckReportDocument);
        Assert.Equal(check.Files, check.Index);
        Assert.Equal(Count, check.Files.Objects);
    }

    [Fact]
    public async Task Serve_DamageFoundBeforeThereWasAnUpstream_IsHealedByItself()
    {
        Digest[] names = await FillAsync("upstream");
        await FillAsync("data");
        Spoil("data", names);
        Assert.Equal(1, (await AdminAsync("scrub", "--now")).ExitCode);

        using ServerProcess upstream = await ServerProcess.StartAsync("serve", "--data", _folder["upstream"], "--listen", "http://127.0.0.1:0");
        using ServerProcess server = await ServerProcess.StartAsync(
            "serve", "--data", _folder["data"], "--listen", "http://127.0.0.1:0",
            "--upstream", new Uri(upstream.Url, "/shacache").AbsoluteUri, new Uri(upstream.Url, "/shadir").AbsoluteUri);
        await Eventually.IsTrueAsync(() => Task.FromResult(Spoiled.All(number => File.Exists(PathOf("data", names[number])))));
        await Eventually.IsTrueAsync(async () => (await AdminAsync("scrub")).ExitCode == 0);
    }

    [Fact]
    public async Task Get_DamagedObject_IsHealedWithoutAnybodyAskingAgain()
    {
        Digest[] names = await FillAsync("upstream");
        await FillAsync("data");
        Spoil("data", names);
        using ServerProcess upstream = await ServerProcess.StartAsync("serve", "--data", _folder["upstream"], "--listen", "http://127.0.0.1:0");
        using ServerProcess server = await ServerProcess.StartAsync(
            "serve", "--data", _folder["data"], "--listen", "http://127.0.0.1:0",
            "--upstream", new Uri(upstream.Url, "/shacache").AbsoluteUri, new Uri(upstream.Url, "/shadir").AbsoluteUri);

        // Only the beginning: nothing of it may be sent before the whole was compared.
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(server.Url, $"/shacache/{names[999]}"));
        request.Headers.Range = new(0, 999);
        using HttpResponseMessage answer = await _http.SendAsync(request, Token);
        byte[] part = await answer.Content.ReadAsByteArrayAsync(Token);
        Assert.Equal(Content(999)[..1000], part);
        Assert.NotEqual(HttpStatusCode.NotFound, await GetAsync(server, names[4]));
        await Eventually.IsTrueAsync(() => Task.FromResult(File.Exists(PathOf("data", names[999])) && File.Exists(PathOf("data", names[4]))));
        Assert.Equal(HttpStatusCode.OK, await GetAsync(server, names[4]));
        Assert.Equal(HttpStatusCode.OK, await GetAsync(server, names[999]));
        Assert.Empty(_wrong);
    }

    [Fact]
    public async Task Serve_ShortInterval_FindsDamageByItself()
    {
        Digest[] names = await FillAsync("data");
        Spoil("data", names);
        using ServerProcess server = await ServerProcess.StartAsync(
            "serve", "--data", _folder["data"], "--listen", "http://127.0.0.1:0", "--scrub-interval", "1s", "--scrub-rate", "1GiB");
        await Eventually.IsTrueAsync(() => Task.FromResult(Spoiled.All(number => !File.Exists(PathOf("data", names[number])))));
    }

    [Theory]
    [InlineData(2, "--now", "--digest", "00")]
    [InlineData(2, "--digest", "00")]
    [InlineData(2, "--rate", "1MiB")]
    [InlineData(2, "--now", "--rate", "fast")]
    public async Task Scrub_OptionsThatMakeNoSense_AreRefused(int exitCode, params string[] options)
    {
        Directory.CreateDirectory(_folder["data"]);
        Assert.Equal(exitCode, (await AdminAsync(["scrub", .. options])).ExitCode);
    }

    private static T Read<T>(ProgramResult result, System.Text.Json.Serialization.Metadata.JsonTypeInfo<T> type) => JsonSerializer.Deserialize(result.Text, type)!;

    private Task<ProgramResult> AdminAsync(params string[] arguments) =>
        ShacacheProgram.RunAsync(_folder.Path, ["admin", .. arguments, "--data", _folder["data"]]);

    private async Task<(int ExitCode, ScrubReportDocument Report)> ScrubWhileReadAsync(ServerProcess server, Digest[] names)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
        Task[] readers = [.. Enumerable.Range(0, Readers).Select(reader => Task.Run(async () =>
        {
            var random = new Random(reader);
            while (!stop.IsCancellationRequested)
                await GetAsync(server, names[random.Next(3) == 0 ? Spoiled[random.Next(Spoiled.Length)] : random.Next(Count)]);
        }))];
        ProgramResult scrub = await AdminAsync("scrub", "--now", "--json");
        await stop.CancelAsync();
        await Task.WhenAll(readers);
        Assert.Equal("", scrub.Error);
        ScrubReportDocument report = Read(scrub, RepairDocuments.Default.ScrubReportDocument);
        return (scrub.ExitCode, report);
    }

    private async Task<HttpStatusCode> GetAsync(ServerProcess server, Digest name)
    {
        try
        {
            using HttpResponseMessage answer = await _http.GetAsync(new Uri(server.Url, $"/shacache/{name}"), Token);
            _statuses.AddOrUpdate(answer.StatusCode, 1, (_, count) => count + 1);
            byte[] body = await answer.Content.ReadAsByteArrayAsync(Token);
            if (answer.IsSuccessStatusCode && Digest.Compute(body) != name)
                _wrong.Enqueue($"{name}: {body.Length} bytes");
            return answer.StatusCode;
        }
        catch (HttpRequestException)
        {
            // Cut off before its end: that nobody takes for whole.
            return HttpStatusCode.Unused;
        }
    }

    private static byte[] Content(int number)
    {
        int length = number < Lengths.Length ? Lengths[number] : number == 999 ? 10_000_000 : number % 100 == 0 ? 100_000 : 500 + number;
        byte[] content = new byte[length];
        new Random(number).NextBytes(content);
        return content;
    }

    private string PathOf(string data, Digest name) => _folder[data, "blobs", name.ToString()[..2], name.ToString()];

    private async Task<Digest[]> FillAsync(string data)
    {
        await using EmbeddedStorage storage = await EmbeddedStorage.OpenAsync(new EmbeddedStorageOptions(_folder[data]), TimeProvider.System, Token);
        var names = new Digest[Count];
        for (int number = 0; number < Count; number++)
        {
            byte[] content = Content(number);
            names[number] = Digest.Compute(content);
            await storage.Blobs.StoreAsync(names[number], content, Token);
        }

        return names;
    }

    private void Spoil(string data, Digest[] names)
    {
        foreach (int number in Spoiled)
        {
            using FileStream file = File.Open(PathOf(data, names[number]), FileMode.Open, FileAccess.ReadWrite);
            file.Position = number % 2 == 0 ? file.Length - 1 : file.Length / 3;
            int old = file.ReadByte();
            file.Position--;
            file.WriteByte((byte)(old ^ 1));
        }
    }
}
