using Shacache.Client.Tests.Servers;
using Shacache.Client.Transfers;

namespace Shacache.Client.Tests.Transfers;

/// <summary>Alone, since what is allocated is counted for the whole process.</summary>
[CollectionDefinition(nameof(MemoryTests), DisableParallelization = true)]
[Collection(nameof(MemoryTests))]
public sealed class MemoryTests
{
    private const long LengthBytes = 1L << 30;
    private const long AllowedBytes = 4 * 1024 * 1024;

    [Fact(Timeout = 4 * TestTimeout.Milliseconds)]
    public async Task UploadAndDownload_OneGibibyte_AllocateNextToNothing()
    {
        var content = new RepeatingStream(LengthBytes);
        byte[] buffer = new byte[64 * 1024];
        await using var server = new ScriptedServer(async exchange =>
        {
            switch (exchange.Method)
            {
                case "POST":
                    await exchange.AnswerAsync(201, (await exchange.ReadBodyAsync()).Digest.ToString());
                    break;
                case "HEAD":
                    await exchange.AnswerAsync(404);
                    break;
                default:
                    await exchange.WriteAsync($"HTTP/1.1 200 OK\r\nContent-Length: {LengthBytes}\r\n\r\n");
                    var source = new RepeatingStream(LengthBytes);
                    int read;
                    while ((read = await source.ReadAsync(buffer)) > 0)
                        await exchange.Stream.WriteAsync(buffer.AsMemory(0, read));
                    break;
            }
        });
        using TestClient client = TestClient.For(server);
        CancellationToken token = TestContext.Current.CancellationToken;
        // What is allocated once, such as the connection, is not counted.
        await client.Client.UploadAsync(new MemoryStream([1]), null, token);
        long before = GC.GetTotalAllocatedBytes(precise: true);

        UploadResult uploaded = await client.Client.UploadAsync(content, new Ignore(), token);
        long afterUpload = GC.GetTotalAllocatedBytes(precise: true);
        await client.Client.DownloadAsync(uploaded.Digest, Stream.Null, new Ignore(), token);
        long afterDownload = GC.GetTotalAllocatedBytes(precise: true);

        Assert.InRange(afterUpload - before, 0, AllowedBytes);
        Assert.InRange(afterDownload - afterUpload, 0, AllowedBytes);
        TestContext.Current.TestOutputHelper?.WriteLine($"upload {afterUpload - before} bytes, download {afterDownload - afterUpload} bytes");
    }

    private sealed class Ignore : IProgress<TransferProgress>
    {
        public void Report(TransferProgress value)
        {
        }
    }
}
