using System.IO.Compression;
using Shacache.Client.Relocation.Documents;

namespace Shacache.Client.Relocation.Scanning;

/// <summary>Looks into compressed files and zip archives. They are never changed; documentation in them counts as dead.</summary>
internal sealed class CompressedLook(FileLook file)
{
    // Bounds the time that one file can take: what inflates without end is not looked at any further.
    private const long MaxInflatedBytes = 1L << 30;
    private const int MaxMembers = 100_000;
    private const int BufferBytes = 64 * 1024;

    private static readonly string[] DocumentFolders = ["man", "info", "doc", "docs", "gtk-doc"];

    /// <summary>Whether a file begins as one that is looked into.</summary>
    public static bool IsCompressed(ReadOnlySpan<byte> head) => IsGzip(head) || IsZip(head);

    /// <summary>The name of a compression that cannot be looked into; null for others.</summary>
    public static string? FindOpaque(ReadOnlySpan<byte> head) =>
        head.StartsWith((ReadOnlySpan<byte>)[0xfd, (byte)'7', (byte)'z', (byte)'X', (byte)'Z', 0]) ? "xz"
        : head.Length > 3 && head.StartsWith("BZh"u8) && head[3] is >= (byte)'1' and <= (byte)'9' ? "bzip2"
        : head.StartsWith((ReadOnlySpan<byte>)[0x28, 0xb5, 0x2f, 0xfd]) ? "zstd"
        : null;

    /// <summary>What the map says of the file; null when it names the path nowhere.</summary>
    public MappedFile? Read()
    {
        bool isZip = IsZip(file.Search.Head);
        var search = new ContentSearch(file.Release);
        string? problem = null;
        string? member = null;
        try
        {
            using FileStream content = FileBytes.Open(file.File);
            if (isZip)
                member = SearchZip(content, search);
            else if (SearchStream(new GZipStream(content, CompressionMode.Decompress), search, MaxInflatedBytes, out _))
                member = "";
        }
        catch (InvalidDataException e)
        {
            problem = e.Message.ReplaceLineEndings(" ");
        }

        if (member is null)
            return problem is null || file.Search.Folders.Count == 0 ? null : Report(isZip, $"it cannot be looked into: {problem}");
        return Report(isZip, member.Length > 0 ? $"it is compressed, in the member '{member}'" : "it is compressed");
    }

    private static bool IsGzip(ReadOnlySpan<byte> head) => head is [0x1f, 0x8b, 8, ..];

    private static bool IsZip(ReadOnlySpan<byte> head) => head.StartsWith("PK\x03\x04"u8);

    private MappedFile? Report(bool isZip, string why)
    {
        bool isDocument = IsDocument(file.Path);
        return file.Make(isZip ? FileForm.Archive : FileForm.Compressed, [FileLook.Blocked(TraceUse.Member, 0, 0, isDocument ? $"{why}; it is documentation" : why) with { Dead = isDocument }]);
    }

    /// <summary>Whether people read it and no program: below a folder of manuals in <c>share</c>.</summary>
    private static bool IsDocument(byte[] path)
    {
        string[] names = System.Text.Encoding.Latin1.GetString(path).Split('/');
        int share = Array.IndexOf(names, "share");
        return (share >= 0 && share + 2 < names.Length && DocumentFolders.Contains(names[share + 1])) || (names.Length > 2 && names[^3] == "man" && names[^2].StartsWith("man", StringComparison.Ordinal));
    }

    /// <summary>The name of a member that names the path; null for none.</summary>
    private static string? SearchZip(FileStream content, ContentSearch search)
    {
        using var zip = new ZipArchive(content, ZipArchiveMode.Read, leaveOpen: true);
        if (zip.Entries.Count > MaxMembers)
            throw new InvalidDataException($"it has more than {MaxMembers} members");
        long rest = MaxInflatedBytes;
        foreach (ZipArchiveEntry entry in zip.Entries)
        {
            if (SearchStream(entry.Open(), search, rest, out long read))
                return entry.FullName;
            rest -= read;
        }

        return null;
    }

    private static bool SearchStream(Stream inflated, ContentSearch search, long maxBytes, out long readBytes)
    {
        using Stream owned = inflated;
        byte[] buffer = new byte[BufferBytes];
        search.Begin();
        readBytes = 0;
        while (owned.Read(buffer) is > 0 and int read)
        {
            search.Add(readBytes, buffer.AsSpan(0, read));
            readBytes += read;
            if (search.Folders.Count > 0)
                return true;
            if (readBytes > maxBytes)
                throw new InvalidDataException($"it inflates to more than {MaxInflatedBytes} bytes");
        }

        return false;
    }
}
