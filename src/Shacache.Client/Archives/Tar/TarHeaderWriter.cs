using System.Buffers;
using System.Text;
using Shacache.Client.Archives.Posix;

namespace Shacache.Client.Archives.Tar;

/// <summary>Writes headers in the pax format: a ustar header, and before it an extended one with what that cannot say.</summary>
/// <remarks>No owner, no times but the modification time, no process id: the bytes follow from the entry alone.</remarks>
internal sealed class TarHeaderWriter
{
    private const long MaxOctal11 = 0x1_ffff_ffff;
    private const int MaxNameBytes = 100;

    private readonly PaxRecordWriter _pax = new();
    private readonly ArrayBufferWriter<byte> _headers = new();

    /// <summary>The blocks of the header; valid until the next call.</summary>
    public ReadOnlyMemory<byte> Write(TarEntryHeader entry)
    {
        _headers.ResetWrittenCount();
        _pax.Clear();
        byte[] name = entry.Kind == TarKind.Folder ? [.. entry.Name.Span, (byte)'/'] : entry.Name.ToArray();
        int prefixLength = FindPrefixLength(name);
        CollectExtended(entry, name, prefixLength);

        if (!_pax.Records.IsEmpty)
        {
            byte[] paxName = [.. "PaxHeaders/"u8, .. LastBytes(entry.Name.Span, MaxNameBytes - 11)];
            WriteBlock(TarKind.Pax, paxName, default, default, 0x1a4, _pax.Records.Length, default);
            _headers.Write(_pax.Records.Span);
            _headers.Write(new byte[TarField.RoundUp(_pax.Records.Length) - _pax.Records.Length]);
        }

        ReadOnlySpan<byte> linkName = entry.LinkName.Span;
        if (entry.SparseSizeBytes is not null)
            WriteBlock(entry.Kind, [.. "GNUSparseFile.0/"u8, .. LastBytes(name, MaxNameBytes - 16)], default, default, entry.Permissions, entry.SizeBytes, entry.Modified);
        else if (prefixLength >= 0)
            WriteBlock(entry.Kind, name.AsSpan(prefixLength == 0 ? 0 : prefixLength + 1), name.AsSpan(0, prefixLength), linkName, entry.Permissions, entry.SizeBytes, entry.Modified);
        else
            WriteBlock(entry.Kind, LastBytes(name, MaxNameBytes), default, linkName, entry.Permissions, entry.SizeBytes, entry.Modified);
        return _headers.WrittenMemory;
    }

    private void CollectExtended(TarEntryHeader entry, byte[] name, int prefixLength)
    {
        _pax.AddEncoding(name, entry.LinkName.Span);
        if (entry.SparseSizeBytes is { } sparseSize)
        {
            _pax.Add("GNU.sparse.major", 1);
            _pax.Add("GNU.sparse.minor", 0);
            _pax.Add("GNU.sparse.name", name);
            _pax.Add("GNU.sparse.realsize", sparseSize);
        }
        else if (prefixLength < 0 || !Ascii.IsValid(name))
        {
            _pax.Add("path", name);
        }

        if (entry.LinkName.Length > MaxNameBytes || !Ascii.IsValid(entry.LinkName.Span))
            _pax.Add("linkpath", entry.LinkName.Span);
        if (entry.SizeBytes > MaxOctal11)
            _pax.Add("size", entry.SizeBytes);
        if (entry.Modified.Nanoseconds != 0 || entry.Modified.Seconds is < 0 || entry.Modified.Seconds > (nint)Math.Min(MaxOctal11, nint.MaxValue))
            _pax.Add("mtime", entry.Modified);
    }

    private void WriteBlock(
        byte kind, ReadOnlySpan<byte> name, ReadOnlySpan<byte> prefix, ReadOnlySpan<byte> linkName, uint mode, long sizeBytes, TimeSpec modified)
    {
        Span<byte> block = stackalloc byte[TarField.BlockBytes];
        block.Clear();
        name.CopyTo(block[TarField.Name]);
        Octal(block[TarField.Mode], mode);
        Octal(block[TarField.UserId], 0);
        Octal(block[TarField.GroupId], 0);
        // The extended header has what does not fit.
        Octal(block[TarField.Size], sizeBytes > MaxOctal11 ? 0 : sizeBytes);
        Octal(block[TarField.ModificationTime], Math.Clamp(modified.Seconds, 0, (nint)Math.Min(MaxOctal11, nint.MaxValue)));
        block[TarField.Kind] = kind;
        linkName[..Math.Min(linkName.Length, MaxNameBytes)].CopyTo(block[TarField.LinkName]);
        "ustar\000"u8.CopyTo(block[TarField.Magic]);
        prefix.CopyTo(block[TarField.Prefix]);

        block[TarField.Checksum].Fill((byte)' ');
        int sum = 0;
        foreach (byte b in block)
            sum += b;
        Octal(block[TarField.Checksum][..7], sum);
        _headers.Write(block);
    }

    /// <summary>Where a name is cut between prefix and name; 0 when it fits without prefix, -1 when it does not fit at all.</summary>
    private static int FindPrefixLength(ReadOnlySpan<byte> name)
    {
        if (name.Length <= MaxNameBytes)
            return 0;
        // The slash at the cut is not written; the one at the end of a folder's name is no place to cut.
        for (int i = Math.Min(name.Length - 2, 155); i > 0 && name.Length - i - 1 <= MaxNameBytes; i--)
        {
            if (name[i] == '/')
                return i;
        }

        return -1;
    }

    private static ReadOnlySpan<byte> LastBytes(ReadOnlySpan<byte> name, int count) => name[Math.Max(0, name.Length - count)..];

    /// <summary>Digits with leading zeros and a NUL at the end, as every tar reads them.</summary>
    private static void Octal(Span<byte> field, long value)
    {
        field[^1] = 0;
        for (int i = field.Length - 2; i >= 0; i--, value >>= 3)
            field[i] = (byte)('0' + (value & 7));
    }
}
