using System.Globalization;
using Microsoft.Win32.SafeHandles;
using Shacache.Core.Blobs;
using Shacache.Core.Entries;

namespace Shacache.Client.Bundles;

/// <summary>The index of a bundle (docs/bundle-format.md). The contents are in memory, the entries are read again each time.</summary>
internal sealed class BundleIndex
{
    public const string Magic = "shacache-bundle-index 1";

    /// <summary>A line for a content has its digest, at least two numbers, and what is between.</summary>
    private const int MinContentLineBytes = Digest.HexLength + 7;

    private const int MinEntryLineBytes = Digest.HexLength + 11;

    private readonly SafeFileHandle _file;
    private readonly long _fileBytes;
    private readonly long _offset;
    private readonly long _lengthBytes;
    private readonly Digest _digest;

    private BundleIndex(SafeFileHandle file, long fileBytes, long offset, long lengthBytes, Digest digest)
    {
        _file = file;
        _fileBytes = fileBytes;
        _offset = offset;
        _lengthBytes = lengthBytes;
        _digest = digest;
    }

    /// <summary>When the bundle was made, as its maker says.</summary>
    public DateTimeOffset Created { get; private set; }

    /// <summary>The directory that it was made from, as its maker says: a URL, escaped.</summary>
    public string Source { get; private set; } = "";

    public IndexedContents Contents { get; private set; } = new(0);

    public int EntryCount { get; private set; }

    /// <summary>Bytes of all contents.</summary>
    public long ContentBytes { get; private set; }

    /// <summary>Reads and checks everything once.</summary>
    /// <exception cref="FormatException">It is malformed; the message says where.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static BundleIndex Read(SafeFileHandle file, long fileBytes, long offset, long lengthBytes, Digest digest)
    {
        var index = new BundleIndex(file, fileBytes, offset, lengthBytes, digest);
        using IndexLines lines = index.Open();
        At(lines, () => index.ReadHead(lines, keep: true));
        if (index.Contents.HasOverlap())
            throw new FormatException("two of its contents overlap");
        foreach (IndexedEntry _ in index.ReadEntries(lines))
        {
        }

        return index;
    }

    /// <summary>The entries, in the order of the index: those of a key together, the oldest first.</summary>
    /// <exception cref="FormatException">The file has changed since it was opened.</exception>
    public IEnumerable<IndexedEntry> ReadEntries()
    {
        using IndexLines lines = Open();
        ReadHead(lines, keep: false);
        foreach (IndexedEntry entry in ReadEntries(lines))
            yield return entry;
    }

    private static T At<T>(IndexLines lines, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (FormatException e)
        {
            throw new FormatException($"line {lines.Number}: {e.Message}", e);
        }
    }

    private IndexLines Open() => new(new BundleSlice(_file, _offset, _lengthBytes));

    private IEnumerable<IndexedEntry> ReadEntries(IndexLines lines)
    {
        long end = 0;
        for (int number = 0; number < EntryCount; number++)
        {
            IndexedEntry entry = At(lines, () => ReadEntry(lines, number, end));
            end = entry.Offset + entry.LengthBytes;
            yield return entry;
        }

        if (lines.TryRead(out _))
            throw new FormatException($"line {lines.Number}: nothing may follow the entries");
        if (lines.Finish() != _digest)
            throw new FormatException("it changed while it was read");
    }

    private bool ReadHead(IndexLines lines, bool keep)
    {
        if (!lines.TryRead(out ReadOnlySpan<char> magic) || magic is not Magic)
            throw new FormatException($"it must be '{Magic}'");
        string created = Value(lines, "created ");
        string source = Value(lines, "source ");
        int contents = Count(lines, "contents ", BundleLayout.MaxContents, MinContentLineBytes);
        int entries = Count(lines, "entries ", BundleLayout.MaxEntries, MinEntryLineBytes);
        if (keep)
        {
            Created = DateTimeOffset.TryParseExact(
                created, "yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset time)
                ? time
                : throw new FormatException("created is not a time such as 2026-01-31T12:00:00Z");
            Source = source;
            EntryCount = entries;
            Contents = new IndexedContents(contents);
        }

        for (int content = 0; content < contents; content++)
        {
            var line = new IndexLine(lines, "c ");
            long offset = line.Number();
            long length = line.Number();
            Digest digest = line.Digest();
            line.End();
            EnsureInside(offset, length);
            if (!keep)
                continue;
            Contents.Set(content, offset, length, digest);
            ContentBytes += length;
        }

        return true;
    }

    private IndexedEntry ReadEntry(IndexLines lines, int number, long end)
    {
        var line = new IndexLine(lines, "e ");
        long offset = line.Number();
        long length = line.Number();
        Digest digest = line.Digest();
        long content = line.Number();
        string name = line.Rest();
        EnsureInside(offset, length);
        if (length is 0 or > BundleLayout.MaxEntryBytes)
            throw new FormatException($"an entry of {length} bytes is not valid");
        // In the order of the file and apart from each other: the work that a small file makes has a bound.
        if (offset < end)
            throw new FormatException("the entry overlaps the one before it, or is before it");
        return content < Contents.Count
            ? new IndexedEntry(number, offset, (int)length, digest, (int)content, name)
            : throw new FormatException($"there is no content {content}");
    }

    private void EnsureInside(long offset, long length)
    {
        if (length > _fileBytes || offset > _fileBytes - length)
            throw new FormatException($"the {length} bytes at {offset} are not within the file, which has {_fileBytes}");
    }

    private static string Value(IndexLines lines, string name) => new IndexLine(lines, name).Rest();

    private int Count(IndexLines lines, string name, int most, int minLineBytes)
    {
        var line = new IndexLine(lines, name);
        long count = line.Number();
        line.End();
        // What is allocated for them has a bound by what is in the file.
        return count <= most && count <= _lengthBytes / minLineBytes
            ? (int)count
            : throw new FormatException($"{count} are more than an index of {_lengthBytes} bytes can have, or more than are accepted ({most})");
    }
}

/// <summary>What the index says of an entry.</summary>
/// <param name="Number">Its place among the entries, from 0.</param>
/// <param name="Offset">Where its bytes begin.</param>
/// <param name="LengthBytes">How many they are.</param>
/// <param name="Digest">Their SHA-512.</param>
/// <param name="Content">The content that it names: its place among the contents, from 0.</param>
/// <param name="Name">The key as one path segment of a URL.</param>
internal readonly record struct IndexedEntry(int Number, long Offset, int LengthBytes, Digest Digest, int Content, string Name)
{
    /// <summary>The key; null when it is not a legal one.</summary>
    public EntryKey? FindKey(out string? problem) => EntryKey.TryParsePathSegment(Name, out EntryKey? key, out problem) ? key : null;
}

/// <summary>What the index says of the contents: as few bytes of memory for each as can be.</summary>
internal sealed class IndexedContents(int count)
{
    private readonly Digest[] _digests = new Digest[count];
    private readonly long[] _offsets = new long[count];
    private readonly long[] _lengths = new long[count];

    public int Count => count;

    public Digest DigestOf(int content) => _digests[content];

    public long OffsetOf(int content) => _offsets[content];

    public long LengthOf(int content) => _lengths[content];

    public void Set(int content, long offset, long lengthBytes, Digest digest)
    {
        _digests[content] = digest;
        _offsets[content] = offset;
        _lengths[content] = lengthBytes;
    }

    /// <summary>The contents in the order in which they are in the file, so that a disk reads them in one go.</summary>
    public int[] InFileOrder()
    {
        int[] order = [.. Enumerable.Range(0, count)];
        Array.Sort((long[])_offsets.Clone(), order);
        return order;
    }

    /// <summary>Whether two of them share bytes: then the work that a small file makes would have no bound.</summary>
    public bool HasOverlap()
    {
        long end = 0;
        foreach (int content in InFileOrder())
        {
            // An empty content shares no bytes.
            if (_lengths[content] == 0)
                continue;
            if (_offsets[content] < end)
                return true;
            end = _offsets[content] + _lengths[content];
        }

        return false;
    }
}
