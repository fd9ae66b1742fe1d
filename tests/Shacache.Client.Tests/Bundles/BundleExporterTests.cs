using System.Text.Json.Nodes;
using Shacache.Client.Bundles;
using Shacache.Client.Configuration;
using Shacache.Client.Errors;
using Shacache.Client.Tests.Servers;
using Shacache.Core.Blobs;

namespace Shacache.Client.Tests.Bundles;

/// <summary>Exports from servers that fail.</summary>
public sealed class BundleExporterTests : IDisposable
{
    private readonly BundleWorkshop _workshop = new();

    public void Dispose() => _workshop.Dispose();

    [Fact(Timeout = TestTimeout.Milliseconds)]
    public async Task ExportAsync_ServersThatBreakLieAndDripOutLargeContent_AllThatIsRightIsThere()
    {
        var cache = new FakeCache();
        Digest damaged = default;
        Digest broken = default;
        Digest unannounced = default;
        int breaks = 0;
        await using var server = new ScriptedServer(async exchange =>
        {
            string name = exchange.Target.TrimStart('/');
            if (exchange.Method == "GET" && name == damaged.ToString())
            {
                // Large enough to have its place in the file by the time that it proves wrong.
                await exchange.AnswerAsync(200, [.. cache.Blobs[name][..^1], 0]);
            }
            else if (exchange.Method == "GET" && name == broken.ToString() && exchange.Header("Range").Length == 0 && breaks++ < 2)
            {
                await Content.ServeBrokenAsync(exchange, cache.Blobs[name], 2_000_000, "Accept-Ranges: bytes");
            }
            else if (exchange.Method == "GET" && name == unannounced.ToString())
            {
                await exchange.WriteAsync("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n");
                await exchange.WriteAsync(cache.Blobs[name]);
                exchange.Close();
            }
            else
            {
                await cache.AnswerAsync(exchange);
            }
        });
        Digest small = await _workshop.FillAsync(server.Url, "small", Content.Random(10));
        damaged = await _workshop.FillAsync(server.Url, "damaged", Content.Random(3_000_000, seed: 2));
        broken = await _workshop.FillAsync(server.Url, "broken", Content.Random(5_000_000, seed: 3));
        unannounced = await _workshop.FillAsync(server.Url, "unannounced", Content.Random(4_000_000, seed: 4));
        Digest empty = await _workshop.FillAsync(server.Url, "empty", []);

        BundleExportResult result = await _workshop.ExportAsync(_workshop.Options(server.Url), "small", "damaged", "broken", "unannounced", "empty", "small");

        Assert.Equal((4, 4, 1, 9_000_010L), (result.Entries, result.Contents, result.RefusedEntries, result.ContentBytes));
        Assert.Equal(("damaged", damaged), (_workshop.Refused.Single().Key, _workshop.Refused.Single().Content));
        _workshop.Refused.Clear();
        await using CacheServer target = await CacheServer.StartAsync(TestContext.Current.CancellationToken);
        BundleImportResult import = await _workshop.ImportAsync(TargetOf(target));
        Assert.True(import.IsComplete);
        Assert.Equal((4, 4, 9_000_010L), (import.AddedEntries, import.UploadedContents, import.UploadedBytes));
        Assert.All((Digest[])[small, broken, unannounced, empty], digest => Assert.True(File.Exists(target.StoredFile(digest.ToString()))));
        Assert.Equal("", string.Join(",", _workshop.Refused));
        Assert.Single(Directory.GetFiles(_workshop.Folder, "*bundle*"));
    }

    /// <summary>Without them the release could not be moved where the bundle is imported.</summary>
    [Fact(Timeout = TestTimeout.Milliseconds)]
    public async Task ExportAsync_Release_TakesItsDocumentsAlong()
    {
        await using var source = new ScriptedServer(new FakeCache().AnswerAsync);
        Digest map = await _workshop.FillAsync(source.Url, "map", [1, 2, 3]);
        Digest requirements = await _workshop.FillAsync(source.Url, "requirements", [4, 5]);
        Digest release = await _workshop.FillAsync(
            source.Url, "release", Content.Random(10), new JsonObject { ["relocation_map"] = map.ToString(), ["requirements"] = requirements.ToString() });

        BundleExportResult result = await _workshop.ExportAsync(_workshop.Options(source.Url), "release");

        Assert.Equal((1, 3, true), (result.Entries, result.Contents, result.IsComplete));
        await using CacheServer target = await CacheServer.StartAsync(TestContext.Current.CancellationToken);
        BundleImportResult import = await _workshop.ImportAsync(TargetOf(target));
        Assert.True(import.IsComplete);
        Assert.Equal((1, 3), (import.AddedEntries, import.UploadedContents));
        Assert.All((Digest[])[release, map, requirements], digest => Assert.True(File.Exists(target.StoredFile(digest.ToString()))));
    }

    [Fact(Timeout = TestTimeout.Milliseconds)]
    public async Task ExportAsync_ReleaseWhoseMapIsGone_IsExportedAndSaid()
    {
        await using var source = new ScriptedServer(new FakeCache().AnswerAsync);
        Digest gone = Digest.Compute("gone"u8);
        await _workshop.FillAsync(source.Url, "release", Content.Random(10), new JsonObject { ["relocation_map"] = gone.ToString() });

        BundleExportResult result = await _workshop.ExportAsync(_workshop.Options(source.Url), "release");

        Assert.Equal((1, 1, 0, 1, false), (result.Entries, result.Contents, result.RefusedEntries, result.MissingDocuments, result.IsComplete));
        Assert.Equal(("release", gone), (_workshop.Refused.Single().Key, _workshop.Refused.Single().Content));
    }

    [Fact(Timeout = TestTimeout.Milliseconds)]
    public async Task ImportAsync_DamagedMap_CostsTheMap()
    {
        await using var source = new ScriptedServer(new FakeCache().AnswerAsync);
        byte[] content = Content.Random(3000, seed: 5);
        Digest map = await _workshop.FillAsync(source.Url, "map", content);
        await _workshop.FillAsync(source.Url, "release", Content.Random(10), new JsonObject { ["relocation_map"] = map.ToString() });
        await _workshop.ExportAsync(_workshop.Options(source.Url), "release");
        byte[] bundle = await File.ReadAllBytesAsync(_workshop.Bundle, TestContext.Current.CancellationToken);
        bundle[bundle.AsSpan().IndexOf(content) + 100] ^= 1;
        await File.WriteAllBytesAsync(_workshop.Bundle, bundle, TestContext.Current.CancellationToken);

        await using CacheServer target = await CacheServer.StartAsync(TestContext.Current.CancellationToken);
        BundleImportResult import = await _workshop.ImportAsync(TargetOf(target));

        Assert.Equal((1, 1, false), (import.AddedEntries, import.UploadedContents, import.IsComplete));
        Assert.Contains("its release cannot be moved", Assert.Single(_workshop.Refused).Reason, StringComparison.Ordinal);
    }

    [Fact(Timeout = TestTimeout.Milliseconds)]
    public async Task ExportAsync_ContentNamedByManyKeys_IsAskedForOnce()
    {
        await using var server = new ScriptedServer(new FakeCache().AnswerAsync);
        string[] keys = [.. Enumerable.Range(0, 40).Select(i => $"key {i}")];
        Digest digest = default;
        foreach (string key in keys)
            digest = await _workshop.FillAsync(server.Url, key, [1, 2, 3]);
        server.Requests.Clear();

        BundleExportResult result = await _workshop.ExportAsync(_workshop.Options(server.Url), keys);

        Assert.Equal((40, 40, 1), (result.Keys, result.Entries, result.Contents));
        Assert.Single(server.Requests, request => request == $"GET /{digest}");
    }

    [Fact(Timeout = TestTimeout.Milliseconds)]
    public async Task ExportAsync_ServerGoesAway_NothingAppears()
    {
        var cache = new FakeCache();
        bool isDown = false;
        await using var server = new ScriptedServer(exchange => isDown ? exchange.AnswerAsync(503) : cache.AnswerAsync(exchange));
        string[] keys = [.. Enumerable.Range(0, 30).Select(i => $"key {i}")];
        await _workshop.FillAsync(server.Url, keys[0], [1]);
        isDown = true;

        await Assert.ThrowsAsync<NetworkCacheUnavailableException>(() => _workshop.ExportAsync(_workshop.Options(server.Url) with { MaxRetries = 0 }, keys));

        Assert.Equal(["signature.key"], Directory.GetFiles(_workshop.Folder).Select(Path.GetFileName));
    }

    [Fact]
    public async Task ExportAsync_NoKeyToSignWith_IsRefusedUnlessAllowed()
    {
        await using var server = new ScriptedServer(new FakeCache().AnswerAsync);
        await _workshop.FillAsync(server.Url, "key", [1]);
        NetworkCacheOptions options = _workshop.Options(server.Url) with { SignaturePrivateKeyFile = null };
        NetworkCacheConfigurationException e = await Assert.ThrowsAsync<NetworkCacheConfigurationException>(
            () => new BundleExporter(options).ExportAsync(AsyncEnumerable.Empty<Core.Entries.EntryKey>(), _workshop.Bundle, null, TestContext.Current.CancellationToken));
        Assert.Equal("signature-private-key-file", e.Option);
        Assert.Null((await _workshop.ExportAsync(options, "key")).Signer);
        Assert.Contains("is not signed", (await Assert.ThrowsAsync<BundleException>(() => _workshop.CheckAsync())).Message, StringComparison.Ordinal);
        Assert.Equal(1, (await _workshop.CheckAsync(allowUntrusted: true)).AcceptedEntries);
    }

    private NetworkCacheOptions TargetOf(CacheServer target) => _workshop.Options() with
    {
        Servers = new CacheServers { UploadCache = [CacheUrl.Parse(target.Url + "/shacache")], UploadDirectory = [CacheUrl.Parse(target.Url + "/shadir")] },
    };
}
