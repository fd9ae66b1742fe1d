using Shacache.Client.Errors;
using Shacache.Client.Tests.Servers;
using Shacache.Client.Transfers;
using Shacache.Core.Blobs;
using Shacache.Testing;

namespace Shacache.Client.Tests.Transfers;

public sealed class DownloadToFileTests : IDisposable
{
    private static readonly byte[] Bytes = Content.Random(300_000);
    private static readonly Digest Name = Content.DigestOf(Bytes);
    private readonly TemporaryFolder _folder = new();

    private IEnumerable<string?> Names => Directory.EnumerateFileSystemEntries(_folder.Path).Select(Path.GetFileName);

    public void Dispose() => _folder.Dispose();

    [Fact(Timeout = TestTimeout.Milliseconds)]
    public async Task DownloadToFileAsync_Served_ReplacesTheFile()
    {
        await using var server = new ScriptedServer(exchange => exchange.Number switch
        {
            1 => Content.ServeBrokenAsync(exchange, Bytes, 100_000, "Accept-Ranges: bytes"),
            _ => Content.ServeAsync(exchange, Bytes),
        });
        using TestClient client = TestClient.For(server);
        string path = _folder["target"];
        await File.WriteAllTextAsync(path, "old", TestContext.Current.CancellationToken);

        await client.Client.DownloadToFileAsync(Name, path, null, TestContext.Current.CancellationToken);

        Assert.Equal(Bytes, await File.ReadAllBytesAsync(path, TestContext.Current.CancellationToken));
        Assert.Equal(["target"], Names);
    }

    [Theory(Timeout = TestTimeout.Milliseconds)]
    [InlineData("wrong")]
    [InlineData("absent")]
    [InlineData("broken")]
    public async Task DownloadToFileAsync_Fails_LeavesTheOldFileAndNothingElse(string way)
    {
        await using var server = new ScriptedServer(exchange => way switch
        {
            "wrong" => Content.ServeAsync(exchange, Content.Random(1000, seed: 2)),
            "absent" => exchange.AnswerAsync(404),
            _ => Content.ServeBrokenAsync(exchange, Bytes, 1000),
        });
        using TestClient client = TestClient.For(server);
        string path = _folder["target"];
        await File.WriteAllTextAsync(path, "old", TestContext.Current.CancellationToken);

        await Assert.ThrowsAnyAsync<NetworkCacheException>(
            () => client.Client.DownloadToFileAsync(Name, path, null, TestContext.Current.CancellationToken));

        Assert.Equal("old", await File.ReadAllTextAsync(path, TestContext.Current.CancellationToken));
        Assert.Equal(["target"], Names);
    }

    [Fact(Timeout = TestTimeout.Milliseconds)]
    public async Task DownloadToFileAsync_Cancelled_LeavesNothing()
    {
        using var cancel = new CancellationTokenSource();
        await using var server = new ScriptedServer(async exchange =>
        {
            await exchange.WriteAsync($"HTTP/1.1 200 OK\r\nContent-Length: {Bytes.Length}\r\n\r\n");
            await exchange.WriteAsync(Bytes.AsMemory(0, 1000));
            await exchange.HangAsync();
        });
        using TestClient client = TestClient.For(server);
        List<string?> during = [];
        var progress = new CancelAtFirstPiece(() =>
        {
            during.AddRange(Names);
            cancel.Cancel();
        });

        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => client.Client.DownloadToFileAsync(Name, _folder["target"], progress, cancel.Token));

        // Where the system has no files without a name, it has one of its own.
        Assert.All(during, name => Assert.EndsWith(".part", name, StringComparison.Ordinal));
        Assert.Empty(Names);
        Assert.Single(server.Requests);
    }

    [Fact(Timeout = TestTimeout.Milliseconds)]
    public async Task DownloadToFileAsync_TargetIsAFolder_SaysSoBeforeAsking()
    {
        await using var server = new ScriptedServer(exchange => Content.ServeAsync(exchange, Bytes));
        using TestClient client = TestClient.For(server);
        Directory.CreateDirectory(_folder["target"]);
        await Assert.ThrowsAsync<IOException>(
            () => client.Client.DownloadToFileAsync(Name, _folder["target"], null, TestContext.Current.CancellationToken));
        Assert.Empty(server.Requests);
    }

    [Fact(Timeout = TestTimeout.Milliseconds)]
    public async Task DownloadToFileAsync_FullDevice_IsNamed()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "/dev/full is one of Linux.");
        await using var server = new ScriptedServer(exchange => Content.ServeAsync(exchange, Bytes));
        using TestClient client = TestClient.For(server);
        var exception = await Assert.ThrowsAsync<IOException>(
            () => client.Client.DownloadToFileAsync(Name, "/dev/full", null, TestContext.Current.CancellationToken));
        Assert.Equal("/dev/full cannot be written: No space left on device.", exception.Message);
    }

    /// <summary>The file has no name, or not its own, while it is written.</summary>
    [Theory]
    [InlineData(28, "No space left on device")]
    [InlineData(122, "Disk quota exceeded")]
    public async Task WriteAsync_DiskIsFull_NamesTheTarget(int error, string reason)
    {
        await using var file = AtomicFile.Create(_folder["target"]);
        var exception = await Assert.ThrowsAsync<IOException>(() => file.WriteAsync<int>(_ => throw new IOException($"{reason} : '/x/.shacache-1.part'", error)));
        Assert.Equal($"{_folder["target"]} cannot be written: {reason}.", exception.Message);
    }

    [Fact(Timeout = TestTimeout.Milliseconds)]
    public async Task DownloadAsync_DestinationFails_ThrowsThatAndDoesNotRetry()
    {
        await using var server = new ScriptedServer(exchange => Content.ServeAsync(exchange, Bytes));
        using TestClient client = TestClient.For(server);
        using var full = new MemoryStream(new byte[1000]);
        await Assert.ThrowsAsync<NotSupportedException>(() => client.Client.DownloadAsync(Name, full, null, TestContext.Current.CancellationToken));
        Assert.Single(server.Requests);
    }

    private sealed class CancelAtFirstPiece(Action cancel) : IProgress<TransferProgress>
    {
        public void Report(TransferProgress value) => cancel();
    }
}
