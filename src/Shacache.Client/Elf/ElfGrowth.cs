using System.Numerics;
using Shacache.Client.Elf.Format;

namespace Shacache.Client.Elf;

/// <summary>Where a new segment goes that is appended to a file: no header moves, so one that the loader can do without gives its place.</summary>
/// <param name="Replaced">Which program header is given up.</param>
/// <param name="Offset">Where the segment begins in the file: at its end.</param>
/// <param name="Address">Where it is loaded to: after everything else.</param>
/// <param name="Alignment">The pages of the file's other segments.</param>
internal readonly record struct ElfGrowth(int Replaced, long Offset, ulong Address, ulong Alignment)
{
    /// <summary>The smallest page of all machines.</summary>
    private const ulong MinPageBytes = 4096;

    /// <summary>No platform has larger pages.</summary>
    private const ulong MaxPageBytes = 1 << 30;

    /// <summary>Room that must be left above the highest address; the string table of the largest libraries is smaller.</summary>
    private const ulong MaxSegmentBytes = 1 << 28;

    /// <summary>Where a table of words begins.</summary>
    private const long StartAlignment = 16;

    /// <summary>Says in one line why a file cannot get another segment; null when it can.</summary>
    public static string? FindObstacle(ElfImage image)
    {
        Find(image, out string? obstacle);
        return obstacle;
    }

    /// <summary>The place of a new segment.</summary>
    /// <exception cref="ElfNotRelocatableException">There is none.</exception>
    public static ElfGrowth Find(ElfImage image) =>
        Find(image, out string? obstacle) is { } growth ? growth : throw new ElfNotRelocatableException(obstacle!);

    private static ElfGrowth? Find(ElfImage image, out string? obstacle)
    {
        ElfSegment[] loaded = [.. image.Segments.Where(segment => segment.Type == ElfSegmentType.Load)];
        obstacle = !image.IsLoaded || loaded.Length == 0 ? "it is not loaded"
            : image.FindEnd() < image.Bytes.LengthBytes ? "something was appended to the program, which must stay at its end"
            : null;
        ulong alignment = loaded.Select(segment => segment.Alignment).Append(MinPageBytes).Max();
        if (obstacle is null && (!BitOperations.IsPow2(alignment) || alignment > MaxPageBytes))
            obstacle = $"its segments are aligned to {alignment} bytes";
        int replaced = FindReplaced(image);
        if (obstacle is null && replaced < 0)
            obstacle = "it has no program header that could be given up for a longer path (PT_NOTE)";
        if (obstacle is null && (ulong)(image.Dynamic?.StringsBytes ?? 0) > MaxSegmentBytes / 2)
            obstacle = "its dynamic string table is too large to be copied";
        if (obstacle is not null)
            return null;

        ulong top = 0;
        ulong limit = image.Header.Encoding.Is64Bit ? 1UL << 47 : 1UL << 32;
        foreach (ElfSegment segment in loaded)
            top = Math.Max(top, segment.Address > limit || segment.MemoryBytes > limit ? limit : segment.Address + segment.MemoryBytes);
        if (Math.Max(top, (ulong)image.Bytes.LengthBytes) + alignment + alignment + MaxSegmentBytes > limit)
        {
            obstacle = "no address is left above its segments";
            return null;
        }

        long offset = (image.Bytes.LengthBytes + StartAlignment - 1) / StartAlignment * StartAlignment;
        return new ElfGrowth(replaced, offset, ((top + alignment - 1) & ~(alignment - 1)) + ((ulong)offset & (alignment - 1)), alignment);
    }

    /// <summary>An empty header; else notes that another header has as well, since the loader prefers that one; else the last notes.</summary>
    private static int FindReplaced(ElfImage image)
    {
        ElfSegment properties = image.Segments.FirstOrDefault(segment => segment.Type == ElfSegmentType.GnuProperty);
        int best = -1;
        for (int i = 0; i < image.Segments.Count; i++)
        {
            ElfSegment segment = image.Segments[i];
            if (segment.Type == ElfSegmentType.Null)
                return i;
            bool hasBest = best >= 0 && properties.FileBytes > 0 && image.Segments[best].Offset == properties.Offset && image.Segments[best].FileBytes == properties.FileBytes;
            if (segment.Type == ElfSegmentType.Note && !hasBest)
                best = i;
        }

        return best;
    }
}
