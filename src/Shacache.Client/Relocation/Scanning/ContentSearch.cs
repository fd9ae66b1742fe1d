using System.Runtime.InteropServices;

namespace Shacache.Client.Relocation.Scanning;

/// <summary>Searches the content of files, as it passes, for the MD5 of a release, for pieces of it, and for neighbours of the release.</summary>
/// <remarks>Nearly all content is only passed over, at the speed of memory; what is found is looked at later.</remarks>
internal sealed class ContentSearch
{
    /// <summary>Digits that make a piece.</summary>
    public const int PieceBytes = 8;

    /// <summary>Bytes from the start of a file that are kept.</summary>
    public const int HeadBytes = 4096;

    private const int MaxFound = 1_000_000;
    private const int FilterBits = 4096;

    private readonly ReleasePath _release;
    private readonly (byte[] Pattern, int Width)[] _patterns;
    private readonly byte[] _neighbour;
    private readonly ulong[] _filter = new ulong[FilterBits / 64];
    private readonly byte[] _head = new byte[HeadBytes];
    private readonly byte[] _tail;
    private readonly byte[] _joint;
    private readonly List<FoundFolder> _folders = [];
    private readonly List<long> _pieces = [];
    private readonly List<long> _neighbours = [];
    private int _headBytes;
    private int _tailBytes;
    private long _endBytes;

    /// <summary>Prepares it.</summary>
    public ContentSearch(ReleasePath release)
    {
        _release = release;
        _patterns = [.. ((int[])[1, 2, 4]).Select(width => (Widen(release.Folder, width), width))];
        _neighbour = release.Root;
        _tail = new byte[Math.Max(_patterns[^1].Pattern.Length, _neighbour.Length)];
        _joint = new byte[2 * _tail.Length];
        for (int i = 0; i + 4 <= release.Folder.Length; i++)
        {
            uint bit = FilterBit(MemoryMarshal.Read<uint>(release.Folder.AsSpan(i)));
            _filter[bit / 64] |= 1UL << (int)(bit % 64);
        }
    }

    /// <summary>Where the MD5 stands.</summary>
    public List<FoundFolder> Folders => _folders;

    /// <summary>Where at least 8 digits of it stand together, in a file that begins as binary files do; whole ones too.</summary>
    public List<long> Pieces => _pieces;

    /// <summary>Where the root stands, alone or in a path; as long as the file looks like text.</summary>
    public List<long> Neighbours => _neighbours;

    /// <summary>Whether a NUL was seen: it is no text of one byte a character.</summary>
    public bool HasNul { get; private set; }

    /// <summary>Whether more was found than is kept.</summary>
    public bool IsOverflown { get; private set; }

    /// <summary>The start of the file.</summary>
    public ReadOnlySpan<byte> Head => _head.AsSpan(0, _headBytes);

    /// <summary>Begins another file.</summary>
    public void Begin()
    {
        _folders.Clear();
        _pieces.Clear();
        _neighbours.Clear();
        _headBytes = _tailBytes = 0;
        _endBytes = 0;
        HasNul = IsOverflown = false;
    }

    /// <summary>Looks at the next piece of it.</summary>
    /// <param name="offset">Where it stands in the file; what was left out before it is a hole.</param>
    /// <param name="content">The piece.</param>
    public void Add(long offset, ReadOnlySpan<byte> content)
    {
        if (offset != _endBytes)
        {
            HasNul = true;
            _tailBytes = 0;
        }

        if (offset == _headBytes && _headBytes < HeadBytes)
        {
            int count = Math.Min(HeadBytes - _headBytes, content.Length);
            content[..count].CopyTo(_head.AsSpan(_headBytes));
            _headBytes += count;
        }

        HasNul = HasNul || content.Contains((byte)0);
        if (_tailBytes > 0)
            SearchJoint(offset, content);
        Search(content, offset, mustEndAfter: 0, mustBeginBefore: content.Length);
        KeepTail(content);
        _endBytes = offset + content.Length;
    }

    /// <summary>A text of one byte a character in a wider encoding, from its first byte that is not zero to its last.</summary>
    private static byte[] Widen(byte[] text, int width)
    {
        byte[] wide = new byte[((text.Length - 1) * width) + 1];
        for (int i = 0; i < text.Length; i++)
            wide[i * width] = text[i];
        return wide;
    }

    private void SearchJoint(long offset, ReadOnlySpan<byte> content)
    {
        int after = Math.Min(_tail.Length, content.Length);
        _tail.AsSpan(0, _tailBytes).CopyTo(_joint);
        content[..after].CopyTo(_joint.AsSpan(_tailBytes));
        Search(_joint.AsSpan(0, _tailBytes + after), offset - _tailBytes, mustEndAfter: _tailBytes, mustBeginBefore: _tailBytes);
    }

    private void KeepTail(ReadOnlySpan<byte> content)
    {
        if (content.Length >= _tail.Length)
        {
            content[^_tail.Length..].CopyTo(_tail);
            _tailBytes = _tail.Length;
            return;
        }

        int kept = Math.Min(_tailBytes, _tail.Length - content.Length);
        _tail.AsSpan(_tailBytes - kept, kept).CopyTo(_tail);
        content.CopyTo(_tail.AsSpan(kept));
        _tailBytes = kept + content.Length;
    }

    private void Search(ReadOnlySpan<byte> span, long offset, int mustEndAfter, int mustBeginBefore)
    {
        foreach ((byte[] pattern, int width) in _patterns)
        {
            // Wider encodings are full of zeros.
            if (width > 1 && !HasNul)
                break;
            for (int at = 0; span[at..].IndexOf(pattern) is >= 0 and int found; at += found + 1)
            {
                if (at + found < mustBeginBefore && at + found + pattern.Length > mustEndAfter && HasRoom(_folders.Count))
                    _folders.Add(new FoundFolder(offset + at + found, width));
            }
        }

        if (HasNul)
            SearchPieces(span, offset, mustEndAfter, mustBeginBefore);
        else
            SearchNeighbours(span, offset, mustEndAfter, mustBeginBefore);
    }

    private void SearchNeighbours(ReadOnlySpan<byte> span, long offset, int mustEndAfter, int mustBeginBefore)
    {
        if (_neighbour.Length == 0)
            return;
        for (int at = 0; span[at..].IndexOf(_neighbour) is >= 0 and int found; at += found + _neighbour.Length)
        {
            if (at + found < mustBeginBefore && at + found + _neighbour.Length > mustEndAfter && HasRoom(_neighbours.Count))
                _neighbours.Add(offset + at + found);
        }
    }

    /// <summary>Eight bytes hold four that begin at a multiple of four: only these are looked up.</summary>
    private void SearchPieces(ReadOnlySpan<byte> span, long offset, int mustEndAfter, int mustBeginBefore)
    {
        ReadOnlySpan<uint> words = MemoryMarshal.Cast<byte, uint>(span);
        int seenTo = 0;
        for (int i = 0; i < words.Length; i++)
        {
            uint bit = FilterBit(words[i]);
            if ((_filter[bit / 64] & (1UL << (int)(bit % 64))) == 0 || i * 4 < seenTo)
                continue;
            if (FindRun(span, i * 4) is not { } run)
                continue;
            seenTo = run.End;
            if (run.Start < mustBeginBefore && run.End > mustEndAfter && HasRoom(_pieces.Count))
                _pieces.Add(offset + run.Start);
        }
    }

    /// <summary>The longest run of digits of the MD5, in its order, that has the four bytes at a place; null for a short one.</summary>
    private (int Start, int End)? FindRun(ReadOnlySpan<byte> span, int at)
    {
        ReadOnlySpan<byte> folder = _release.Folder;
        for (int first = 0; first + 4 <= folder.Length; first++)
        {
            if (!folder.Slice(first, 4).SequenceEqual(span.Slice(at, 4)))
                continue;
            int start = at, end = at + 4;
            for (int i = first; i > 0 && start > 0 && folder[i - 1] == span[start - 1]; i--)
                start--;
            for (int i = first + 4; i < folder.Length && end < span.Length && folder[i] == span[end]; i++)
                end++;
            if (end - start >= PieceBytes)
                return (start, end);
        }

        return null;
    }

    private bool HasRoom(int count)
    {
        IsOverflown |= count >= MaxFound;
        return count < MaxFound;
    }

    private static uint FilterBit(uint word) => (word * 0x9E37_79B1u) >> 20;
}

/// <summary>A place where the MD5 of the release stands.</summary>
/// <param name="Offset">Of its first digit, in bytes from the start of the file.</param>
/// <param name="Width">Bytes for each character: 1, 2 or 4.</param>
internal readonly record struct FoundFolder(long Offset, int Width);
