using Shacache.Cli.Output;

namespace Shacache.Cli;

public sealed class HeldBackStreamTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(1000)]
    [InlineData(64 * 1024)]
    [InlineData(100_000)]
    [InlineData(128 * 1024)]
    public async Task WriteAsync_PiecesOfAnySize_KeepsTheEndUntilItIsReleased(int pieceBytes)
    {
        byte[] content = new byte[pieceBytes == 1 ? 70_000 : 300_001];
        new Random(pieceBytes).NextBytes(content);
        using var destination = new MemoryStream();
        await using var heldBack = new HeldBackStream(destination);

        for (int at = 0; at < content.Length; at += pieceBytes)
            await heldBack.WriteAsync(content.AsMemory(at, Math.Min(pieceBytes, content.Length - at)), TestContext.Current.CancellationToken);
        await heldBack.FlushAsync(TestContext.Current.CancellationToken);

        Assert.Equal(content[..^(64 * 1024)], destination.ToArray());
        await heldBack.ReleaseAsync(TestContext.Current.CancellationToken);
        Assert.Equal(content, destination.ToArray());
    }
}
