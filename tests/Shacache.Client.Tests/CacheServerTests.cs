using System.Text.Json.Nodes;
using Shacache.Client.Configuration;
using Shacache.Client.Entries;
using Shacache.Client.Errors;
using Shacache.Client.Tests.Servers;
using Shacache.Client.Transfers;
using Shacache.Core.Entries;
using Shacache.Testing;

namespace Shacache.Client.Tests;

/// <summary>Client and server of this project together.</summary>
public sealed class CacheServerTests
{
    [Fact(Timeout = TestTimeout.Milliseconds)]
    public async Task UploadIndexSelectDownload_RealServer_BringTheFileBack()
    {
        CancellationToken token = TestContext.Current.CancellationToken;
        using var folder = new TemporaryFolder();
        await using CacheServer server = await CacheServer.StartAsync(token);
        using TestClient client = ClientOf(server, folder, TestKeys.First);
        byte[] bytes = Content.Random(5_000_000);
        await File.WriteAllBytesAsync(folder["source"], bytes, token);
        EntryKey key = EntryKeys.ForPythonIndex("https://pypi.example/é", "foo>=1 %2F");

        UploadResult first = await client.Client.UploadFileAsync(folder["source"], null, token);
        UploadResult second = await client.Client.UploadFileAsync(folder["source"], null, token);
        SignedEntry old = await client.Client.IndexAsync(key, first.Digest, new JsonObject { ["n"] = 1, ["name"] = "é\u2028\"" }, token);
        SignedEntry entry = await client.Client.IndexAsync(key, first.Digest, new JsonObject { ["n"] = 2 }, token);
        IReadOnlyList<SelectedEntry> listed = await client.Client.SelectTrustedAsync(key, token);
        await client.Client.DownloadToFileAsync(listed[0].Entry.Digest, folder["target"], null, token);

        Assert.Equal((false, true), (first.AlreadyStored, second.AlreadyStored));
        Assert.Equal([entry, old], listed.Select(selected => selected.Entry));
        Assert.Equal(bytes, await File.ReadAllBytesAsync(folder["target"], token));
        Assert.Empty(await client.Client.SelectAsync(EntryKey.Create("unknown"), token));
        ContentNotFoundException e = await Assert.ThrowsAsync<ContentNotFoundException>(
            () => client.Client.DownloadAsync(Content.DigestOf([1]), Stream.Null, null, token));
        Assert.Contains("404", e.Message, StringComparison.Ordinal);
        Assert.Equal("", string.Join(" | ", client.Warnings));
    }

    [Fact(Timeout = TestTimeout.Milliseconds)]
    public async Task UploadAsync_EmptyAndConcurrent_AllArrive()
    {
        CancellationToken token = TestContext.Current.CancellationToken;
        using var folder = new TemporaryFolder();
        await using CacheServer server = await CacheServer.StartAsync(token);
        using TestClient client = ClientOf(server, folder, TestKeys.First);
        byte[][] contents = [.. Enumerable.Range(0, 30).Select(i => Content.Random(i * 10_000, seed: i % 10))];

        UploadResult[] results = await Task.WhenAll(contents.Select(bytes => client.Client.UploadAsync(new MemoryStream(bytes), null, token)));

        for (int i = 0; i < contents.Length; i++)
        {
            var destination = new MemoryStream();
            await client.Client.DownloadAsync(results[i].Digest, destination, null, token);
            Assert.Equal(contents[i], destination.ToArray());
        }
    }

    private static TestClient ClientOf(CacheServer server, TemporaryFolder folder, TestKeys keys)
    {
        File.WriteAllText(folder["signature.key"], keys.PrivateKeyPem);
        CacheUrl[] cache = [CacheUrl.Parse(server.Url + "/shacache")];
        CacheUrl[] directory = [CacheUrl.Parse(server.Url + "/shadir/")];
        return new TestClient(options => options with
        {
            Servers = new CacheServers { DownloadCache = cache, UploadCache = cache, DownloadDirectory = directory, UploadDirectory = directory },
            SignaturePrivateKeyFile = folder["signature.key"],
            SignatureCertificateList = keys.CertificatePem,
        });
    }
}
