using Shacache.Core.Transfers;
using Shacache.Http.Upstreams.Content;
using Shacache.Testing;

namespace Shacache.Http.Tests.Transfers;

public sealed class TransferredStreamTests
{
    [Fact]
    public async Task ReadAsync_CancelledWhileBytesCome_TheyArePassedOnNevertheless()
    {
        using var folder = new TemporaryFolder();
        using var cancellation = new CancellationTokenSource();
        var transfer = new ContentTransfer(isPromised: true, TimeSpan.Zero, TimeProvider.System);
        transfer.Begin(SpoolFile.Create(folder.Path, 10), new ContentAnswer.Coming(10, "upstream"));
        await using var stream = new TransferredStream(new CancellingSource(cancellation), transfer);

        Exception? failure = await Record.ExceptionAsync(() => stream.ReadAsync(new byte[10], cancellation.Token).AsTask());

        // A reader that goes on gets the bytes after these.
        Assert.True(failure is null or OperationCanceledException);
        Assert.Equal(10, transfer.AvailableBytes);
        transfer.Leave();
    }

    /// <summary>Yields bytes, and is cancelled at that very moment.</summary>
    private sealed class CancellingSource(CancellationTokenSource cancellation) : ForwardStream
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            cancellation.Cancel();
            return new ValueTask<int>(buffer.Length);
        }
    }
}
