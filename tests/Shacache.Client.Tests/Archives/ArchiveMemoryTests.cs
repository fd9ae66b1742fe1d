using Shacache.Client.Archives;

namespace Shacache.Client.Tests.Archives;

/// <summary>Counts what the whole process allocates, so nothing else may run at the same time.</summary>
[Collection(nameof(ArchiveMemoryTests))]
[CollectionDefinition(nameof(ArchiveMemoryTests), DisableParallelization = true)]
public sealed class ArchiveMemoryTests : IDisposable
{
    private const int ContentBytes = 80_000_000;
    private const int MaxAllocatedBytes = 25_000_000;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task WriteAndExtract_LargeFolder_AllocateLessThanItsContent()
    {
        Directory.CreateDirectory(_folder["top"]);
        Directory.CreateDirectory(_folder["root"]);
        await using (FileStream file = File.Create(_folder["top/file"]))
        {
            byte[] piece = new byte[1_000_000];
            var random = new Random(1);
            for (int written = 0; written < ContentBytes; written += piece.Length)
            {
                random.NextBytes(piece.AsSpan(0, 100_000));
                await file.WriteAsync(piece, TestContext.Current.CancellationToken);
            }
        }

        long before = GC.GetTotalAllocatedBytes(precise: true);
        await using (FileStream archive = File.Create(_folder["archive"]))
            await new SoftwareArchiver(new ArchiveOptions { Workers = 2 }).WriteAsync(_folder["top"], archive, null, TestContext.Current.CancellationToken);
        long archived = GC.GetTotalAllocatedBytes(precise: true);
        await using (FileStream archive = File.OpenRead(_folder["archive"]))
            await new SoftwareExtractor().ExtractAsync(archive, _folder["root/top"], null, TestContext.Current.CancellationToken);
        long extracted = GC.GetTotalAllocatedBytes(precise: true);

        // All that is ever allocated, not only what is held at a time.
        Assert.InRange(archived - before, 0, MaxAllocatedBytes);
        Assert.InRange(extracted - archived, 0, MaxAllocatedBytes);
    }
}
