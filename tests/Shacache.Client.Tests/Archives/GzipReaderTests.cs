using System.IO.Compression;
using System.IO.Hashing;
using Shacache.Client.Archives.Gzip;
using Shacache.Client.Errors;

namespace Shacache.Client.Tests.Archives;

public sealed class GzipReaderTests
{
    public static TheoryData<int, int> Levels()
    {
        var data = new TheoryData<int, int>();
        foreach (int length in new[] { 0, 1, 7, 1000, 32768, 262144, 262145, 3_000_000 })
        {
            foreach (int level in new[] { 0, 1, 3, 6, 9 })
                data.Add(length, level);
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(Levels))]
    public async Task RunAsync_AnyLengthAndLevel_GivesTheBytes(int length, int level)
    {
        for (int kind = 0; kind < 5; kind++)
        {
            byte[] data = Sample(kind, length);
            Assert.Equal(data, await InflateAsync(Compress(data, level), chunk: 1 + (length % 70_000)));
        }
    }

    [Fact]
    public async Task RunAsync_RandomPiecesOfManyKinds_GivesTheBytes()
    {
        var random = new Random(7);
        for (int i = 0; i < 150; i++)
        {
            byte[] data = [.. Enumerable.Range(0, random.Next(1, 6)).SelectMany(_ => Sample(random.Next(5), random.Next(60_000)))];
            Assert.Equal(data, await InflateAsync(Compress(data, random.Next(10)), chunk: random.Next(1, 9000)));
        }
    }

    /// <summary>The input is refilled at every place relative to the borders of blocks, where bits taken in ahead are given back.</summary>
    [Fact]
    public async Task RunAsync_InputRefilledAtAnyPlaceAroundStoredBlocks_GivesTheBytes()
    {
        var random = new Random(5);
        using var data = new MemoryStream();
        using var deflated = new MemoryStream();
        using (var gzip = new GZipStream(deflated, new ZLibCompressionOptions { CompressionLevel = 6 }, leaveOpen: true))
        {
            while (deflated.Length < 300_000)
            {
                byte[] piece = Sample(random.Next(5), random.Next(1, 60));
                data.Write(piece);
                gzip.Write(piece);
                // Ends a block, and adds an empty stored one after it.
                gzip.Flush();
            }
        }

        byte[] expected = data.ToArray(), plain = deflated.ToArray();
        for (int shift = 0; shift < 40; shift++)
        {
            byte[] name = [.. Enumerable.Repeat((byte)'n', shift), 0];
            byte[] shifted = [0x1f, 0x8b, 8, 8, 0, 0, 0, 0, 0, 0xff, .. name, .. plain.AsSpan(10)];
            Assert.Equal(expected, await InflateAsync(shifted, chunk: 60_000 + shift));
        }
    }

    [Fact]
    public async Task RunAsync_SeveralMembersThenZeros_GivesAll()
    {
        byte[] one = Sample(1, 100_000), two = Sample(2, 70_000), both = [.. one, .. two];

        Assert.Equal(both, await InflateAsync([.. Compress(one, 6), .. Compress([], 6), .. Compress(two, 1), .. new byte[5000]], 4096));
    }

    [Fact]
    public async Task RunAsync_HeaderWithAllFields_IsRead()
    {
        byte[] plain = Compress([1, 2, 3], 6), texts = "name\0comment\0"u8.ToArray();
        byte[] header = [0x1f, 0x8b, 8, 0x1e, 1, 2, 3, 4, 0, 3, 3, 0, 9, 9, 9, .. texts];
        uint crc = Crc32.HashToUInt32(header);

        byte[] expected = [1, 2, 3];
        Assert.Equal(expected, await InflateAsync([.. header, (byte)crc, (byte)(crc >> 8), .. plain[10..]], 1));
        await Assert.ThrowsAsync<ArchiveException>(() => InflateAsync([.. header, (byte)~crc, (byte)(crc >> 8), .. plain[10..]], 1));
    }

    [Fact]
    public async Task RunAsync_CutAnywhere_IsRefused()
    {
        byte[] gzip = Compress(Sample(1, 3000), 6);
        for (int length = 0; length < gzip.Length; length++)
            await Assert.ThrowsAsync<ArchiveException>(() => InflateAsync(gzip[..length], 100));
    }

    [Fact]
    public async Task RunAsync_AnyBitFlipped_IsRefusedOrHarmless()
    {
        byte[] data = Sample(1, 2000), gzip = Compress(data, 6);
        for (int bit = 0; bit < gzip.Length * 8; bit++)
        {
            // Time, extra flags and operating system mean nothing, and the flag "text" neither.
            if (bit / 8 is >= 4 and < 10 || bit == 24)
                continue;
            byte[] damaged = [.. gzip];
            damaged[bit / 8] ^= (byte)(1 << (bit % 8));
            byte[]? result = null;
            try
            {
                result = await InflateAsync(damaged, 1 << 20);
            }
            catch (ArchiveException e)
            {
                Assert.DoesNotContain('\n', e.Message);
            }

            Assert.True(result is null || result.AsSpan().SequenceEqual(data), $"Bit {bit} went unnoticed.");
        }
    }

    [Fact]
    public async Task RunAsync_RandomBytesAfterAHeader_EndsOrIsRefused()
    {
        var random = new Random(3);
        for (int i = 0; i < 3000; i++)
        {
            byte[] noise = new byte[random.Next(4000)];
            random.NextBytes(noise);
            await Assert.ThrowsAsync<ArchiveException>(() => InflateAsync([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff, .. noise], 1 << 20));
        }
    }

    [Theory]
    [InlineData("x")]
    [InlineData("garbage that is longer than a header of gzip")]
    [InlineData("\u001f\u008b")]
    [InlineData("\0\0\0x")]
    public async Task RunAsync_AnythingAfterTheEnd_IsRefused(string garbage)
    {
        byte[] gzip = [.. Compress(Sample(1, 1000), 6), .. System.Text.Encoding.Latin1.GetBytes(garbage)];

        var exception = await Assert.ThrowsAsync<ArchiveException>(() => InflateAsync(gzip, 64));
        Assert.Contains("after its end", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Combine_AnyTwoPieces_IsTheChecksumOfBoth()
    {
        byte[] data = Sample(0, 5000);
        for (int length = 0; length < data.Length; length += 7)
        {
            int cut = length / 3;
            uint first = Crc32.HashToUInt32(data.AsSpan(0, cut)), second = Crc32.HashToUInt32(data.AsSpan(cut, length - cut));
            Assert.Equal(Crc32.HashToUInt32(data.AsSpan(0, length)), Crc32Combination.Combine(first, second, length - cut));
        }
    }

    private static byte[] Sample(int kind, int length)
    {
        var random = new Random(kind);
        byte[] data = new byte[length];
        switch (kind)
        {
            case 0:
                random.NextBytes(data);
                break;
            case 1:
                string[] words = ["build ", "cache ", "network ", "release\n", "e", "of ", "x86_64-linux-gnu", "\t"];
                System.Text.Encoding.ASCII.GetBytes(string.Concat(Enumerable.Range(0, length).Select(_ => words[random.Next(words.Length)]))[..length]).CopyTo(data, 0);
                break;
            case 2:
                // Symbols of very different frequency, hence codes of all lengths.
                for (int i = 0; i < length; i++)
                    data[i] = (byte)System.Numerics.BitOperations.TrailingZeroCount(random.Next(1, int.MaxValue));
                break;
            case 3:
                for (int i = 0; i < length; i++)
                    data[i] = (byte)(i % 3);
                break;
        }

        return data;
    }

    private static byte[] Compress(byte[] data, int level)
    {
        using var result = new MemoryStream();
        using (var gzip = new GZipStream(result, new ZLibCompressionOptions { CompressionLevel = level }))
            gzip.Write(data);
        return result.ToArray() is { Length: > 0 } bytes ? bytes : [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    }

    private static async Task<byte[]> InflateAsync(byte[] gzip, int chunk)
    {
        var input = new BlockPipe(Math.Max(chunk, 1), 4);
        var output = new BlockPipe(GzipReader.OutputBlockBytes, 4);
        using var stop = new CancellationTokenSource();
        Task running = Task.WhenAll(
            new StreamPump(new MemoryStream(gzip), input).RunAsync(stop.Token), new GzipReader(input, output).RunAsync(stop.Token));
        try
        {
            using var result = new MemoryStream();
            while (await output.FillAsync(TestContext.Current.CancellationToken))
            {
                result.Write(output.Available.Span);
                output.Consume(output.Available.Length);
            }

            return result.ToArray();
        }
        finally
        {
            await stop.CancelAsync();
            await running;
        }
    }
}
