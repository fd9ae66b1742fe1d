using Microsoft.Win32.SafeHandles;
using Shacache.Client.Relocation.Documents;

namespace Shacache.Client.Relocation.Scanning;

/// <summary>The places of a file where the path of its release stands, and those where only its MD5 does.</summary>
/// <param name="Whole">The paths, ascending.</param>
/// <param name="Others">MD5s without the path before them, or in a longer path, ascending.</param>
internal sealed record FoundPaths(IReadOnlyList<FoundPath> Whole, IReadOnlyList<FoundFolder> Others)
{
    private const int LookAheadBytes = 2;

    /// <summary>Compares what stands around each MD5 that was found.</summary>
    /// <param name="file">The file; its position does not move.</param>
    /// <param name="search">What was found in it.</param>
    /// <param name="release">The path.</param>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static FoundPaths Read(SafeFileHandle file, ContentSearch search, ReleasePath release)
    {
        var whole = new List<FoundPath>();
        var others = new List<FoundFolder>();
        byte[] window = new byte[(release.LookBehindBytes + ReleasePath.FolderBytes + LookAheadBytes) * 4];
        foreach (FoundFolder found in search.Folders.OrderBy(found => found.Offset))
        {
            TraceEncoding? encoding = FindEncoding(file, search, found);
            int width = found.Width;
            // In the encodings that begin with the highest byte the digit is the last one of its character.
            long unit = encoding is TraceEncoding.Utf16BigEndian or TraceEncoding.Utf32BigEndian ? found.Offset - (width - 1) : found.Offset;
            int before = (int)Math.Min(release.LookBehindBytes, unit / width);
            long start = unit - (before * (long)width);
            Span<byte> bytes = window.AsSpan(0, (before + ReleasePath.FolderBytes + LookAheadBytes) * width);
            Span<byte> text = Narrow(bytes[..FileBytes.Read(file, start, bytes)], encoding, width);
            if (text.Length >= before + ReleasePath.FolderBytes && release.TryMatch(text, before, out PathMatch match))
            {
                ReadOnlySpan<byte> path = text[match.Start..match.End];
                whole.Add(new FoundPath(
                    start + (match.Room * (long)width), start + (match.Start * (long)width), start + (match.End * (long)width), encoding,
                    path.SequenceEqual(release.Prefix) ? null : PathText.Encode(path)));
            }
            else
            {
                others.Add(found);
            }
        }

        return new FoundPaths(whole, others);
    }

    private static TraceEncoding? FindEncoding(SafeFileHandle file, ContentSearch search, FoundFolder found)
    {
        if (found.Width == 1)
            return null;
        bool isBig = search.Head switch
        {
            [0xff, 0xfe, ..] => false,
            [0xfe, 0xff, ..] or [0, 0, 0xfe, 0xff, ..] => true,
            _ => IsLastByte(file, found),
        };
        return (found.Width, isBig) switch
        {
            (2, false) => TraceEncoding.Utf16LittleEndian,
            (2, true) => TraceEncoding.Utf16BigEndian,
            (_, false) => TraceEncoding.Utf32LittleEndian,
            _ => TraceEncoding.Utf32BigEndian,
        };
    }

    /// <summary>Whether zeros stand before the first digit and not after the last one.</summary>
    private static bool IsLastByte(SafeFileHandle file, FoundFolder found)
    {
        Span<byte> after = stackalloc byte[3];
        long last = found.Offset + ((ReleasePath.FolderBytes - 1) * (long)found.Width);
        int read = FileBytes.Read(file, last + 1, after[..(found.Width - 1)]);
        return read < found.Width - 1 || after[..read].ContainsAnyExcept((byte)0);
    }

    /// <summary>One byte for each character: its value where that is one byte, and otherwise a byte that is part of a name.</summary>
    private static Span<byte> Narrow(Span<byte> bytes, TraceEncoding? encoding, int width)
    {
        if (width == 1)
            return bytes;
        int digit = encoding is TraceEncoding.Utf16BigEndian or TraceEncoding.Utf32BigEndian ? width - 1 : 0;
        int count = bytes.Length / width;
        for (int i = 0; i < count; i++)
        {
            Span<byte> unit = bytes.Slice(i * width, width);
            byte value = unit[digit];
            unit[digit] = 0;
            bytes[i] = unit.ContainsAnyExcept((byte)0) ? (byte)0xff : value;
        }

        return bytes[..count];
    }
}

/// <summary>A place where the path stands.</summary>
/// <param name="Room">Where the slashes in front of it begin that could make room for a longer one, in bytes from the start of the file.</param>
/// <param name="Start">Where it begins.</param>
/// <param name="End">Where it ends.</param>
/// <param name="Encoding">The encoding; null for one byte a character.</param>
/// <param name="As">How it is written, when not in the usual way.</param>
internal readonly record struct FoundPath(long Room, long Start, long End, TraceEncoding? Encoding, string? As)
{
    /// <summary>As text, which may change its length: the slashes in front stay.</summary>
    public MappedTrace ToText(TraceUse use) => new()
    {
        At = Start,
        Length = (int)(End - Start),
        Use = use,
        Change = TraceChange.Replace,
        Encoding = Encoding,
        As = As,
    };

    /// <summary>In binary data, with the slashes in front.</summary>
    public MappedTrace ToData(TraceUse use, TraceChange change, string? why) => new()
    {
        At = Room,
        Length = (int)(End - Room),
        Use = use,
        Change = change,
        Encoding = Encoding,
        As = As,
        Why = why,
    };
}
