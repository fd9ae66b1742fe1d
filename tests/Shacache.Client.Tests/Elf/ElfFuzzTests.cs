using System.Buffers.Binary;
using System.Text;
using Microsoft.Win32.SafeHandles;
using Shacache.Client.Elf;
using Shacache.Client.Elf.Format;
using Shacache.Testing;

namespace Shacache.Client.Tests.Elf;

/// <summary>Real files with wrong numbers in their headers and tables: each is refused with a line, or moved right.</summary>
public sealed class ElfFuzzTests
{
    private const int Rounds = 400;

    /// <summary>Headers, and what a file of some kilobytes needs; a length that is believed would take gigabytes.</summary>
    private const long MaxAllocatedBytes = 32 * 1024 * 1024;

    private static readonly ulong[] Edges = [0, 1, 2, 3, 7, 0x7f, 0xff, 0x7fff, 0xffff, 0x10000, 0x7fffffff, 0x80000000, 0xffffffff, 0xfffffffffffffff0, ulong.MaxValue, 1UL << 63];

    public static TheoryData<MachineProgram, int> Cases => [.. from row in MachineProgram.All from seed in new[] { 1, 2, 102, 130 } select new TheoryDataRow<MachineProgram, int>(row.Data, seed)];

    [Theory]
    [MemberData(nameof(Cases))]
    public void Move_HeadersOfAnyContent_AreRefusedOrRight(MachineProgram program, int seed) => Fuzz(program.Path, MachineProgram.Prefix, program.IsBigEndian, seed);

    /// <summary>With an interpreter, strings and debug information that have the path.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Move_HeadersOfAProgramWithPathsEverywhere_AreRefusedOrRight(int seed)
    {
        Toolchain.Require("gcc");
        using var release = new ElfRelease();
        release.Build("gcc", "-g", $"-Wl,--dynamic-linker={release.Prefix}/lib/ld.so");
        Fuzz(release.Program, release.Prefix, false, seed);
    }

    [Fact]
    public void Read_RandomBytesAfterTheMagic_AreRefused()
    {
        using var folder = new TemporaryFolder();
        var random = new Random(1);
        for (int round = 0; round < 500; round++)
        {
            byte[] content = new byte[random.Next(4, 4096)];
            random.NextBytes(content);
            "\u007fELF"u8.CopyTo(content);
            if (content.Length > 6)
                (content[4], content[5], content[6]) = ((byte)random.Next(1, 3), (byte)random.Next(1, 3), 1);
            File.WriteAllBytes(folder["file"], content);
            try
            {
                Assert.False(ElfFiles.Read(folder["file"]).IsDynamic);
            }
            catch (ElfFormatException e)
            {
                Assert.DoesNotContain('\n', e.Message);
            }
        }
    }

    /// <summary>A file of a terabyte, of which nearly everything is a hole, that claims as much of everything as there can be.</summary>
    [Fact]
    public void Read_HugeFile_HoldsNoMoreThanHeaders()
    {
        using var folder = new TemporaryFolder();
        byte[] content = File.ReadAllBytes(MachineProgram.All.Single(row => row.Data.Name == "aarch64").Data.Path);
        BinaryPrimitives.WriteUInt64LittleEndian(content.AsSpan(40), 1UL << 39);
        BinaryPrimitives.WriteUInt16LittleEndian(content.AsSpan(60), 0xffff);
        File.WriteAllBytes(folder["file"], content);
        using (FileStream stream = File.OpenWrite(folder["file"]))
            stream.SetLength(1L << 40);
        long before = GC.GetAllocatedBytesForCurrentThread();

        Assert.True(ElfFiles.Read(folder["file"]).IsDynamic);

        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < MaxAllocatedBytes);
    }

    private static void Fuzz(string path, string prefix, bool isBigEndian, int seed)
    {
        using var folder = new TemporaryFolder();
        byte[] content = File.ReadAllBytes(path);
        int[] places = [.. FindPlaces(path, content.Length)];
        var random = new Random(seed);
        int moved = 0, refused = 0;
        for (int round = 0; round < Rounds; round++)
        {
            byte[] damaged = [.. content];
            for (int i = random.Next(1, 4); i > 0; i--)
                Damage(damaged, places[random.Next(places.Length)], isBigEndian, random);
            File.WriteAllBytes(folder["file"], damaged);
            string description = $"seed {seed}, round {round}";
            long before = GC.GetAllocatedBytesForCurrentThread();
            if (TryMove(folder["file"], prefix, random.Next(2) == 0 ? "/n" : $"/{new string('n', 200)}", description))
                moved++;
            else
                refused++;
            Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < MaxAllocatedBytes, description);
        }

        // Both happen, or the test tests nothing.
        Assert.InRange(moved, Rounds / 20, Rounds);
        Assert.InRange(refused, Rounds / 20, Rounds);
    }

    private static bool TryMove(string path, string prefix, string root, string description)
    {
        string target = $"{root}/{ElfRelease.Name}";
        try
        {
            string? runPath = ElfFiles.Read(path).RunPath;
            using (SafeFileHandle handle = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite))
            {
                ElfTrace[] traces = ElfFiles.Classify(path, prefix);
                ElfRewriter.Move(handle, RandomAccess.GetLength(handle), Encoding.ASCII.GetBytes(target), traces);
            }

            // Its headers were damaged, not the path: where the run path is found, it leads to the new root.
            if (runPath?.Contains(prefix, StringComparison.Ordinal) == true)
                Assert.Equal(runPath.Replace(prefix, target, StringComparison.Ordinal), WithoutRoom(ElfFiles.Read(path).RunPath!));
            return true;
        }
        catch (Exception e) when (e is ElfFormatException or ElfNotRelocatableException)
        {
            Assert.DoesNotContain('\n', e.Message);
            return false;
        }
        catch (Exception e)
        {
            throw new InvalidOperationException(description, e);
        }
    }

    private static string WithoutRoom(string runPath) => string.Join(':', runPath.Split(':').Select(folder => folder.StartsWith('/') ? $"/{folder.TrimStart('/')}" : folder));

    /// <summary>The headers, the dynamic section, and the tables that it leads to.</summary>
    private static IEnumerable<int> FindPlaces(string path, int length)
    {
        using var handle = File.OpenHandle(path);
        var image = ElfImage.Read(handle, length);
        ElfEncoding encoding = image.Header.Encoding;
        int segments = (int)image.Header.SegmentTableOffset;
        int sections = (int)image.Header.SectionTableOffset;
        int dynamic = (int)image.Dynamic!.Entries[0].Offset;
        IEnumerable<int> Range(long start, long count) => Enumerable.Range((int)start, (int)Math.Min(count, length - start));
        IEnumerable<int> Table(ElfDynamicTag tag, long count) => image.Dynamic.Find(tag) is { } entry && image.FindOffset(entry.Value, 1) is { } offset ? Range(offset, count) : [];
        return Range(4, encoding.Is64Bit ? 60 : 48)
            .Concat(Range(segments, image.Segments.Count * encoding.SegmentBytes)).Concat(Range(sections, image.Sections.Count * encoding.SectionBytes))
            .Concat(Range(dynamic, (image.Dynamic.Entries.Count + 1) * 2 * encoding.WordBytes))
            .Concat(Table(ElfDynamicTag.VersionNeeds, 64)).Concat(Table(ElfDynamicTag.GnuHash, 64)).Concat(Table(ElfDynamicTag.Hash, 16)).Concat(Table(ElfDynamicTag.Symbols, 48));
    }

    private static void Damage(byte[] content, int place, bool isBigEndian, Random random)
    {
        int width = Math.Min(1 << random.Next(4), content.Length - place);
        ulong value = random.Next(3) switch
        {
            0 => Edges[random.Next(Edges.Length)],
            1 => (ulong)random.NextInt64(),
            _ => content[place] + (ulong)random.Next(-2, 3),
        };
        Span<byte> bytes = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, value);
        for (int i = 0; i < width; i++)
            content[place + (isBigEndian ? width - 1 - i : i)] = bytes[i];
    }
}
