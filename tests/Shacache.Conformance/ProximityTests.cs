using System.Text;
using Shacache.Conformance.Server;
using Shacache.Conformance.Wire;

namespace Shacache.Conformance;

/// <summary>Old clients behind a server that fills itself: in front of another one of its kind, and in front of an old server.</summary>
public sealed class ProximityTests : IDisposable
{
    private const string Key = "pypi:foo=1.0";
    private readonly TemporaryFolder _folder = new();

    /// <inheritdoc/>
    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task OldClient_InFrontOfASecondServer_NoticesNoDifference_AlsoWhenThatIsGone()
    {
        byte[] content = Bytes.Fresh(300_000);
        string digest = Bytes.DigestOf(content);
        string information = $$"""{"sha512":   "{{digest}}", "url": "http://example.org/caf\u00e9 é"}""";
        await using ServerProcess second = await ServerProcess.StartAsync(_folder.Data + "-2");
        await second.Python.UploadAsync(content);
        Answer.HasStatus(201, await second.Python.PutEntryAsync(Key, Entries.Pair(information, "AAEC\nAw==")));
        string front = _folder.Data + "-1";

        await using (ServerProcess first = await StartAsync(front, second.CacheUrl, second.DirectoryUrl))
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
        await using ServerProcess again = await StartAsync(front, second.CacheUrl, second.DirectoryUrl);
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
        await using ServerProcess front = await StartAsync(_folder.Data, old.CacheUrl, old.DirectoryUrl);

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

    private static Task<ServerProcess> StartAsync(string folder, Uri cache, Uri directory) =>
        ServerProcess.StartAsync(folder, ("SHACACHE_UPSTREAM", $"{cache} {directory}"));

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
