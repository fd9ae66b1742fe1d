using System.Text;
using Shacache.Conformance.Server;
using Shacache.Conformance.Wire;

namespace Shacache.Conformance;

/// <summary>Old clients behind a server that fills itself: in front of another one of its kind, and in front of an old server.</summary>
public class ProximityTests : IDisposable
{
    private const string Key = "pypi:foo=1.0";
    private readonly TemporaryFolder _folder = new();
    private readonly ServerStores _stores;

    /// <summary>On servers with the stores they have by themselves.</summary>
    public ProximityTests()
        : this(ServerStores.Embedded)
    {
    }

    /// <summary>On servers with other stores.</summary>
    private protected ProximityTests(ServerStores stores) => _stores = stores;

    /// <inheritdoc/>
    public void Dispose()
    {
        GC.SuppressFinalize(this);
        _folder.Dispose();
    }

    [Fact]
    public async Task OldClient_InFrontOfASecondServer_NoticesNoDifference_AlsoWhenThatIsGone()
    {
        byte[] content = Bytes.Fresh(300_000);
        string digest = Bytes.DigestOf(content);
        string information = $$"""{"sha512":   "{{digest}}", "url": "http://example.org/caf\u00e9 é"}""";
        (string, string)[] stores = await _stores.NewAsync();
        await using ServerProcess second = await ServerProcess.StartAsync(_folder.Data + "-2", await _stores.NewAsync());
        await second.Python.UploadAsync(content);
        Answer.HasStatus(201, await second.Python.PutEntryAsync(Key, Entries.Pair(information, "AAEC\nAw==")));
        string front = _folder.Data + "-1";

        await using (ServerProcess first = await StartAsync(front, stores, second.CacheUrl, second.DirectoryUrl))
        {
            Assert.False(await first.Python.ExistsAsync(Bytes.UnknownDigest()));
            Assert.True(await first.Python.ExistsAsync(digest));
            Assert.Equal([(information, "AAEC\nAw==")], Entries.Read(await first.Python.ListAsync(Key)));
            Assert.Equal([(information, "AAEC\nAw==")], Entries.Read(await first.Python.ListAsync("pypi%3Afoo%3D1.0")));
            WireResponse whole = await first.Python.DownloadAsync(digest);
            AssertContent(content, whole);
            Assert.Equal("bytes", whole.Header("Accept-Ranges"));
            WireResponse rest = await first.Python.DownloadAsync(digest, 123_456);
            Answer.HasStatus(206, rest);
            Assert.True(content.AsSpan(123_456).SequenceEqual(rest.Body), "Other bytes were sent.");
            Answer.IsOneLineError(404, await first.Python.ListAsync(Bytes.FreshKey()));
            Answer.IsOneLineError(404, await first.Python.DownloadAsync(Bytes.UnknownDigest()));
            Answer.IsOneLineError(400, await first.Python.ListAsync("a%2Fb"));

            // Uploads stay with the first.
            byte[] own = Bytes.Fresh(1000);
            await first.Python.UploadAsync(own);
            Answer.HasStatus(201, await first.Python.PutEntryAsync(Key, Entries.FreshPair("own")));
            Assert.Equal(2, Entries.Read(await first.Python.ListAsync(Key)).Length);
            Assert.False(await second.Python.ExistsAsync(Bytes.DigestOf(own)));
            Assert.Single(Entries.Read(await second.Python.ListAsync(Key)));
            await WaitUntilStoredAsync(first, digest, content);
            await first.StopAsync();
        }

        await second.KillAsync();
        await using ServerProcess again = await StartAsync(front, stores, second.CacheUrl, second.DirectoryUrl);
        Assert.Equal((information, "AAEC\nAw=="), Entries.Read(await again.Python.ListAsync(Key))[1]);
        AssertContent(content, await again.Python.DownloadAsync(digest));
        Answer.IsOneLineError(502, await again.Python.ListAsync(Bytes.FreshKey()));
    }

    [Fact]
    public async Task OldClient_InFrontOfAnOldServer_GetsWhatThatHas()
    {
        await using var old = new OldServer();
        byte[] content = Bytes.Fresh(300_000);
        string digest = Bytes.DigestOf(content);
        string information = $$"""{"sha512": "{{digest}}", "basename": "caf\u00e9 é"}""";
        old.Content[digest] = content;
        old.Listings[Key] = Encoding.UTF8.GetBytes($"[{Entries.Pair(information, "AAEC")}]");
        old.Listings["broken"] = [];
        await using ServerProcess front = await StartAsync(_folder.Data, await _stores.NewAsync(), old.CacheUrl, old.DirectoryUrl);

        Assert.Equal([(information, "AAEC")], Entries.Read(await front.Python.ListAsync(Key)));
        Assert.True(await front.Python.ExistsAsync(digest));
        AssertContent(content, await front.Python.DownloadAsync(digest));
        WireResponse rest = await front.Python.DownloadAsync(digest, 200_000);
        Answer.HasStatus(206, rest);
        Assert.True(content.AsSpan(200_000).SequenceEqual(rest.Body), "Other bytes were sent.");
        Answer.IsOneLineError(404, await front.Python.ListAsync(Bytes.FreshKey()));
        Answer.IsOneLineError(404, await front.Python.DownloadAsync(Bytes.UnknownDigest()));
        Answer.IsOneLineError(502, await front.Python.ListAsync("broken"));
        Assert.All(old.Targets, target => Assert.Matches("^/shacache/(cache|dir)/", target));
        Assert.Single(old.Targets, $"/shacache/cache/{digest}");
    }

    [Fact]
    public async Task FiftyClients_OneColdObject_CauseOneTransferForEachNode()
    {
        await using var old = new OldServer();
        byte[] content = Bytes.Fresh(4_000_000);
        string digest = Bytes.DigestOf(content);
        old.Content[digest] = content;
        (string, string)[] stores = await _stores.NewAsync();
        ServerProcess[] nodes = await Task.WhenAll(Enumerable.Range(0, _stores.AreEmbedded ? 1 : 3).Select(node =>
            StartAsync($"{_folder.Data}-{node}", stores, old.CacheUrl, old.DirectoryUrl)));
        try
        {
            WireResponse[] answers = await Task.WhenAll(Enumerable.Range(0, 50).Select(client => nodes[client % nodes.Length].Python.DownloadAsync(digest)));

            Assert.All(answers, answer => AssertContent(content, answer));
            Assert.InRange(old.Targets.Count(target => target == $"/shacache/cache/{digest}"), 1, nodes.Length);
        }
        finally
        {
            foreach (ServerProcess node in nodes)
                await node.DisposeAsync();
        }
    }

    [Fact]
    public async Task Forward_KilledOnceItAcknowledged_ArrivesNevertheless()
    {
        byte[][] contents = [.. Enumerable.Range(0, 10).Select(_ => Bytes.Fresh(200_000))];
        (string, string)[] stores = await _stores.NewAsync();
        await using ServerProcess second = await ServerProcess.StartAsync(_folder.Data + "-2", await _stores.NewAsync());
        await using (ServerProcess first = await StartAsync(_folder.Data, stores, second.CacheUrl, second.DirectoryUrl, ("SHACACHE_FORWARD", "true")))
        {
            foreach (byte[] content in contents)
                await first.Python.UploadAsync(content);
            Answer.HasStatus(201, await first.Python.PutEntryAsync(Key, Entries.Pair($$"""{"sha512": "{{Bytes.DigestOf(contents[0])}}"}""", "")));
            await first.KillAsync();
        }

        await using ServerProcess again = await StartAsync(_folder.Data, stores, second.CacheUrl, second.DirectoryUrl, ("SHACACHE_FORWARD", "true"));

        // What a node that died was doing is for another one only when its lease has ended.
        DateTimeOffset end = DateTimeOffset.UtcNow + (4 * WireConnection.Limit);
        foreach (byte[] content in contents)
        {
            while (!await second.Python.ExistsAsync(Bytes.DigestOf(content)))
                await WaitAsync();
        }

        while ((await second.Python.ListAsync(Key)).Status != 200)
            await WaitAsync();
        Assert.Single(Entries.Read(await second.Python.ListAsync(Key)));

        async Task WaitAsync()
        {
            Assert.True(DateTimeOffset.UtcNow < end, $"It does not arrive:\n{again.Output}");
            await Task.Delay(50, TestContext.Current.CancellationToken);
        }
    }

    private static Task<ServerProcess> StartAsync(string folder, (string, string)[] stores, Uri cache, Uri directory, params (string, string)[] more) =>
        ServerProcess.StartAsync(folder, [.. stores, .. more, ("SHACACHE_UPSTREAM", $"{cache} {directory}")]);

    private static void AssertContent(byte[] expected, WireResponse response)
    {
        Answer.HasStatus(200, response);
        Assert.True(expected.AsSpan().SequenceEqual(response.Body), "Other bytes were sent.");
    }

    /// <summary>The client may have the whole before the disk has.</summary>
    private static async Task WaitUntilStoredAsync(ServerProcess server, string digest, byte[] content)
    {
        DateTimeOffset end = DateTimeOffset.UtcNow + WireConnection.Limit;
        while (true)
        {
            WireResponse response = await server.Python.DownloadAsync(digest);
            AssertContent(content, response);
            if (response.Header("X-Cache") == "HIT")
                return;
            Assert.True(DateTimeOffset.UtcNow < end, $"It is not kept: {response}");
        }
    }
}
