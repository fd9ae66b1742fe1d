using System.Buffers.Binary;
using System.Text;

namespace Shacache.Client.Elf.Loading;

/// <summary>The libraries that ldconfig found, by their sonames (<c>/etc/ld.so.cache</c>).</summary>
/// <remarks>
/// The format of glibc 2.2 and later (<c>glibc-ld.so.cache1.1</c>), alone or after the one of libc5. What is damaged is left out, as the
/// loader then goes on with its default folders. Entries of all kinds and processors are taken: the files tell what they are.
/// </remarks>
internal sealed class LdSoCache
{
    /// <summary>A hundred times the size of the largest ones.</summary>
    private const int MaxBytes = 32 * 1024 * 1024;

    private const int HeadBytes = 48;
    private const int RowBytes = 24;
    private const int OldHeadBytes = 16;
    private const int OldRowBytes = 12;
    private readonly Dictionary<string, List<string>> _paths = [];

    private LdSoCache()
    {
    }

    private static ReadOnlySpan<byte> Magic => "glibc-ld.so.cache1.1"u8;

    private static ReadOnlySpan<byte> OldMagic => "ld.so-1.7.0"u8;

    /// <summary>Reads the cache; empty when there is none, or none that is understood.</summary>
    /// <param name="path">The file.</param>
    public static LdSoCache Read(string path)
    {
        try
        {
            using var file = File.OpenHandle(path);
            long length = RandomAccess.GetLength(file);
            if (length is < HeadBytes or > MaxBytes)
                return new LdSoCache();
            byte[] content = new byte[length];
            int read = 0, part;
            while (read < content.Length && (part = RandomAccess.Read(file, content.AsSpan(read), read)) > 0)
                read += part;
            return Parse(content.AsSpan(0, read));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return new LdSoCache();
        }
    }

    /// <summary>Reads the content of a cache.</summary>
    public static LdSoCache Parse(ReadOnlySpan<byte> content)
    {
        var cache = new LdSoCache();
        if (content.Length >= OldHeadBytes && content.StartsWith(OldMagic))
        {
            // The order of bytes is the machine's; the old part does not say it.
            long end = OldHeadBytes + (OldRowBytes * (long)BitConverter.ToUInt32(content[12..]));
            end = (end + 7) / 8 * 8;
            content = end < content.Length ? content[(int)end..] : [];
        }

        if (content.Length < HeadBytes || !content.StartsWith(Magic))
            return cache;
        // 2 and 3 name the byte order; older ones do not, and have the machine's.
        bool isBigEndian = content[28] == 3 || (content[28] != 2 && !BitConverter.IsLittleEndian);
        uint Number(ReadOnlySpan<byte> bytes) => isBigEndian ? BinaryPrimitives.ReadUInt32BigEndian(bytes) : BinaryPrimitives.ReadUInt32LittleEndian(bytes);
        long rows = Math.Min(Number(content[20..]), (content.Length - HeadBytes) / RowBytes);
        for (int i = 0; i < rows; i++)
        {
            ReadOnlySpan<byte> row = content.Slice(HeadBytes + (i * RowBytes), RowBytes);
            if (TextAt(content, Number(row[4..])) is not { } name || TextAt(content, Number(row[8..])) is not { } path || !path.StartsWith('/'))
                continue;
            if (!cache._paths.TryGetValue(name, out List<string>? paths))
                cache._paths.Add(name, paths = []);
            paths.Add(path);
        }

        return cache;
    }

    /// <summary>The paths of a library, in the order of the loader; those for better processors come first.</summary>
    public IReadOnlyList<string> Find(string soname) => _paths.GetValueOrDefault(soname) ?? [];

    private static string? TextAt(ReadOnlySpan<byte> content, uint offset)
    {
        const int MaxTextBytes = 4096;
        if (offset >= content.Length)
            return null;
        ReadOnlySpan<byte> text = content[(int)offset..];
        int end = text[..Math.Min(text.Length, MaxTextBytes)].IndexOf((byte)0);
        return end > 0 ? Encoding.Latin1.GetString(text[..end]) : null;
    }
}
