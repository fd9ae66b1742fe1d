using System.Security.Cryptography;
using Shacache.Client.Checksums;
using Shacache.Client.Downloads;
using Shacache.Client.Entries;
using Shacache.Client.Tests.Servers;

namespace Shacache.Client.Tests.Downloads;

public sealed class ChecksumTests : FetchSite
{
    private static readonly byte[] Old = Content.Random(100_000);
    private static readonly byte[] New = Content.Random(120_000, seed: 2);

    [Fact(Timeout = TestTimeout.Milliseconds)]
    public async Task FetchToFileAsync_AllChecksumsRight_Fetches()
    {
        string url = Origin.Publish("file", Old);
        Checksum[] all = [.. Enum.GetValues<ChecksumAlgorithm>().Select(algorithm => Of(algorithm, Old))];
        Assert.Equal(FetchSource.Origin, (await Machine.FetchAsync(url, null, all)).Source);
        Assert.Equal(FetchSource.Cache, (await Machine.FetchAsync(url, null, all)).Source);
        Assert.Empty(Machine.Warnings);
    }

    [Theory(Timeout = TestTimeout.Milliseconds)]
    [InlineData(ChecksumAlgorithm.Md5)]
    [InlineData(ChecksumAlgorithm.Sha1)]
    [InlineData(ChecksumAlgorithm.Sha256)]
    [InlineData(ChecksumAlgorithm.Sha512)]
    public async Task FetchToFileAsync_CachedCopyIsAnother_WarnsAndTakesTheOrigin(ChecksumAlgorithm algorithm)
    {
        string url = Origin.Publish("file", Old);
        await Machine.FetchAsync(url);
        Origin.Publish("file", New);

        FetchResult result = await Machine.FetchAsync(url, null, Of(algorithm, New));

        Assert.Equal((FetchSource.Origin, true), (result.Source, result.Contributed));
        Assert.Equal(New, Machine.Read("file"));
        string warning = Assert.Single(Machine.Warnings);
        Assert.Contains($"the cached copy has {Of(algorithm, Old)}, not {Of(algorithm, New)}", warning, StringComparison.Ordinal);
        Assert.Equal(FetchSource.Cache, (await Machine.FetchAsync(url, null, Of(algorithm, New))).Source);
    }

    [Theory(Timeout = TestTimeout.Milliseconds)]
    [InlineData(ChecksumAlgorithm.Md5)]
    [InlineData(ChecksumAlgorithm.Sha1)]
    [InlineData(ChecksumAlgorithm.Sha256)]
    [InlineData(ChecksumAlgorithm.Sha512)]
    public async Task FetchToFileAsync_OriginSendsAnother_ThrowsWritesAndContributesNothing(ChecksumAlgorithm algorithm)
    {
        string url = Origin.Publish("file", Old);
        File.WriteAllText(Machine.PathOf("file"), "old");

        ChecksumMismatchException e = await Assert.ThrowsAsync<ChecksumMismatchException>(() => Machine.FetchAsync(url, null, Of(algorithm, New)));

        Assert.Equal((Of(algorithm, New), Of(algorithm, Old)), (e.Expected, e.Actual));
        Assert.Equal("old", File.ReadAllText(Machine.PathOf("file")));
        Assert.Equal(["file"], Machine.Names);
        using var client = new NetworkCacheClient(Machine.Options);
        Assert.Empty(await client.SelectAsync(EntryKeys.ForUrl(url), Token));
        Assert.False(File.Exists(Cache.StoredFile(Content.DigestOf(Old).ToString())));
    }

    [Theory(Timeout = TestTimeout.Milliseconds)]
    [InlineData(ChecksumAlgorithm.Md5, "md5")]
    [InlineData(ChecksumAlgorithm.Md5, "md5sum")]
    [InlineData(ChecksumAlgorithm.Sha1, "sha1")]
    [InlineData(ChecksumAlgorithm.Sha256, "sha256")]
    public async Task FetchToFileAsync_EntriesNameOtherChecksums_DownloadsOnlyWhatCanMatch(ChecksumAlgorithm algorithm, string member)
    {
        var cache = new FakeCache();
        await using var server = new ScriptedServer(cache.AnswerAsync);
        using var machine = new BuildMachine(server.Url, server.Url);
        string url = Origin.Publish("file", New);
        using var client = new NetworkCacheClient(machine.Options);
        byte[][] contents = [New, .. Enumerable.Range(0, 12).Select(i => Content.Random(1000, seed: 10 + i))];
        foreach (byte[] content in contents)
        {
            await client.UploadAsync(new MemoryStream(content), null, Token);
            var metadata = new System.Text.Json.Nodes.JsonObject { [member] = Of(algorithm, content).Hex.ToUpperInvariant() };
            await client.IndexAsync(EntryKeys.ForUrl(url), Content.DigestOf(content), metadata, Token);
        }

        server.Requests.Clear();
        Assert.Equal(FetchSource.Cache, (await machine.FetchAsync(url, null, Of(algorithm, New))).Source);
        Assert.Equal([$"GET /{EntryKeys.ForUrl(url).ToPathSegment()}", $"GET /{Content.DigestOf(New)}"], server.Requests);
        Assert.Empty(Origin.Requests);
    }

    [Theory]
    [InlineData(ChecksumAlgorithm.Md5, "d41d8cd98f00b204e9800998ecf8427")]
    [InlineData(ChecksumAlgorithm.Md5, "g41d8cd98f00b204e9800998ecf8427e")]
    [InlineData(ChecksumAlgorithm.Sha256, "d41d8cd98f00b204e9800998ecf8427e")]
    [InlineData(ChecksumAlgorithm.Sha1, "")]
    public void TryParse_NoSuchChecksum_SaysWhatItWouldBe(ChecksumAlgorithm algorithm, string text)
    {
        Assert.False(Checksum.TryParse(algorithm, text, out _, out string? problem));
        Assert.Contains("hexadecimal digits", problem, StringComparison.Ordinal);
    }

    [Fact]
    public void TryParse_UpperCase_IsTheSame() =>
        Assert.Equal(
            Checksum.Parse(ChecksumAlgorithm.Md5, "d41d8cd98f00b204e9800998ecf8427e"), Checksum.Parse(ChecksumAlgorithm.Md5, " D41D8CD98F00B204E9800998ECF8427E\n"));

    private static Checksum Of(ChecksumAlgorithm algorithm, byte[] bytes) =>
        Checksum.Parse(algorithm, Convert.ToHexString(CryptographicOperations.HashData(new HashAlgorithmName(algorithm.ToString().ToUpperInvariant()), bytes)));
}
