using System.IO.Compression;
using System.Text;
using Shacache.Client.Archives.Tar;

namespace Shacache.Client.Tests.Archives;

/// <summary>Builds archives block by block, with any defect that a test needs.</summary>
internal sealed class HostileArchive
{
    private readonly MemoryStream _tar = new();

    public HostileArchive Folder(string name, int mode = 493) => Entry(TarKind.Folder, name, mode: mode);

    public HostileArchive File(string name, string content = "content", int mode = 420) => Entry(TarKind.Regular, name, content: content, mode: mode);

    public HostileArchive Link(string name, string target) => Entry(TarKind.SymbolicLink, name, target);

    public HostileArchive HardLink(string name, string target) => Entry(TarKind.HardLink, name, target);

    public HostileArchive Pax(params string[] records)
    {
        string text = string.Concat(records.Select(record =>
        {
            int length = record.Length + 2;
            while (Encoding.Latin1.GetByteCount($"{length} {record}\n") != length)
                length++;
            return $"{length} {record}\n";
        }));
        return Entry(TarKind.Pax, "PaxHeaders/x", content: text);
    }

    public HostileArchive Entry(byte kind, string name, string linkName = "", string content = "", int mode = 420, long? size = null, string? sizeField = null)
    {
        byte[] block = new byte[512];
        Put(block, 0, name);
        Put(block, 100, Octal(mode, 7));
        Put(block, 108, Octal(0, 7));
        Put(block, 116, Octal(0, 7));
        Put(block, 124, sizeField ?? Octal(size ?? content.Length, 11));
        Put(block, 136, Octal(1_600_000_000, 11));
        block[156] = kind;
        Put(block, 157, linkName);
        Put(block, 257, "ustar\000");
        block.AsSpan(148, 8).Fill((byte)' ');
        Put(block, 148, Octal(block.Sum(b => b), 6) + "\0 ");
        _tar.Write(block);
        return Bytes(Encoding.Latin1.GetBytes(content)).Bytes(new byte[(512 - (content.Length % 512)) % 512]);
    }

    public HostileArchive Bytes(byte[] bytes)
    {
        _tar.Write(bytes);
        return this;
    }

    public HostileArchive Change(int offset, byte value)
    {
        _tar.GetBuffer()[offset] = value;
        return this;
    }

    public HostileArchive End() => Bytes(new byte[1024]);

    /// <summary>Changes a byte of a header, and its checksum with it.</summary>
    public HostileArchive Forge(int offset, byte value)
    {
        Span<byte> block = _tar.GetBuffer().AsSpan(offset / 512 * 512, 512);
        block[offset % 512] = value;
        block.Slice(148, 8).Fill((byte)' ');
        int sum = 0;
        foreach (byte b in block)
            sum += b;
        Encoding.Latin1.GetBytes(Octal(sum, 6) + "\0 ").CopyTo(block[148..]);
        return this;
    }

    /// <summary>The archive, compressed.</summary>
    public byte[] Gzip()
    {
        using var result = new MemoryStream();
        using (var gzip = new GZipStream(result, CompressionLevel.Fastest))
            gzip.Write(_tar.GetBuffer(), 0, (int)_tar.Length);
        return result.ToArray();
    }

    private static string Octal(long value, int digits) => Convert.ToString(value, 8).PadLeft(digits, '0');

    private static void Put(byte[] block, int offset, string text) => Encoding.Latin1.GetBytes(text).CopyTo(block, offset);
}
