using System.Buffers;
using System.Text;
using Shacache.Client.Archives.Posix;
using Shacache.Posix;

namespace Shacache.Client.Archives.Tar;

/// <summary>Writes headers in the pax format: a ustar header, and before it an extended one with what that cannot say.</summary>
/// <remarks>No times but the modification time, no process id: the bytes follow from the entry alone.</remarks>
internal sealed class TarHeaderWriter
{
    private const uint MaxOctal7 = 0x1f_ffff;
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
            WriteBlock(entry with { Kind = TarKind.Pax, Permissions = ModeBits.PublicFile, SizeBytes = _pax.Records.Length, Modified = default, LinkName = default, Owner = TarOwner.None }, paxName, default);
            _headers.Write(_pax.Records.Span);
            _headers.Write(new byte[TarField.RoundUp(_pax.Records.Length) - _pax.Records.Length]);
        }

        if (entry.SparseSizeBytes is not null)
            WriteBlock(entry, [.. "GNUSparseFile.0/"u8, .. LastBytes(name, MaxNameBytes - 16)], default);
        else if (prefixLength >= 0)
            WriteBlock(entry, name.AsSpan(prefixLength == 0 ? 0 : prefixLength + 1), name.AsSpan(0, prefixLength));
        else
            WriteBlock(entry, LastBytes(name, MaxNameBytes), default);
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
        CollectOwner(entry.Owner);
        foreach (ExtendedAttribute attribute in entry.Attributes ?? [])
            _pax.Add(attribute);
        if (entry.SizeBytes > MaxOctal11)
            _pax.Add("size", entry.SizeBytes);
        if (entry.Modified.Nanoseconds != 0 || entry.Modified.Seconds is < 0 || entry.Modified.Seconds > (nint)Math.Min(MaxOctal11, nint.MaxValue))
            _pax.Add("mtime", entry.Modified);
    }

    private void CollectOwner(TarOwner owner)
    {
        if (owner.UserId > MaxOctal7)
            _pax.Add("uid", owner.UserId);
        if (owner.GroupId > MaxOctal7)
            _pax.Add("gid", owner.GroupId);
        if (!FitsOwnerName(owner.UserName.Span))
            _pax.Add("uname", owner.UserName.Span);
        if (!FitsOwnerName(owner.GroupName.Span))
            _pax.Add("gname", owner.GroupName.Span);
    }

    private void WriteBlock(TarEntryHeader entry, ReadOnlySpan<byte> name, ReadOnlySpan<byte> prefix)
    {
        Span<byte> block = stackalloc byte[TarField.BlockBytes];
        block.Clear();
        name.CopyTo(block[TarField.Name]);
        Octal(block[TarField.Mode], entry.Permissions);
        // The extended header has what does not fit.
        Octal(block[TarField.UserId], entry.Owner.UserId > MaxOctal7 ? 0 : entry.Owner.UserId);
        Octal(block[TarField.GroupId], entry.Owner.GroupId > MaxOctal7 ? 0 : entry.Owner.GroupId);
        Octal(block[TarField.Size], entry.SizeBytes > MaxOctal11 ? 0 : entry.SizeBytes);
        Octal(block[TarField.ModificationTime], Math.Clamp(entry.Modified.Seconds, 0, (nint)Math.Min(MaxOctal11, nint.MaxValue)));
        block[TarField.Kind] = entry.Kind;
        entry.LinkName.Span[..Math.Min(entry.LinkName.Length, MaxNameBytes)].CopyTo(block[TarField.LinkName]);
        "ustar\000"u8.CopyTo(block[TarField.Magic]);
        if (FitsOwnerName(entry.Owner.UserName.Span))
            entry.Owner.UserName.Span.CopyTo(block[TarField.UserName]);
        if (FitsOwnerName(entry.Owner.GroupName.Span))
            entry.Owner.GroupName.Span.CopyTo(block[TarField.GroupName]);
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
        // The slash at the cut is not written; the one at the end of a folder's name is not a place to cut.
        for (int i = Math.Min(name.Length - 2, 155); i > 0 && name.Length - i - 1 <= MaxNameBytes; i--)
        {
            if (name[i] == '/')
                return i;
        }

        return -1;
    }

    /// <summary>Whether the name of an owner fits its field with a terminating NUL.</summary>
    private static bool FitsOwnerName(ReadOnlySpan<byte> name) => name.Length < 32 && Ascii.IsValid(name);

    private static ReadOnlySpan<byte> LastBytes(ReadOnlySpan<byte> name, int count) => name[Math.Max(0, name.Length - count)..];

    /// <summary>Digits with leading zeros and a NUL at the end, as every tar reads them.</summary>
    private static void Octal(Span<byte> field, long value)
    {
        field[^1] = 0;
        for (int i = field.Length - 2; i >= 0; i--, value >>= 3)
            field[i] = (byte)('0' + (value & 7));
    }
}

/// <summary>One entry to be written.</summary>
/// <param name="Kind">Its type flag.</param>
/// <param name="Name">Its path in the archive, without a slash at the end.</param>
/// <param name="LinkName">What a link points to; empty otherwise.</param>
/// <param name="Permissions">The lower twelve bits of the mode.</param>
/// <param name="SizeBytes">Bytes of content that follow in the archive.</param>
/// <param name="Modified">Modification time.</param>
/// <param name="Owner">Who owns it.</param>
/// <param name="SparseSizeBytes">For a sparse file its length with the holes; the content then begins with the map.</param>
/// <param name="Attributes">Its extended attributes; null for none.</param>
internal sealed record TarEntryHeader(
    byte Kind,
    ReadOnlyMemory<byte> Name,
    ReadOnlyMemory<byte> LinkName,
    uint Permissions,
    long SizeBytes,
    TimeSpec Modified,
    TarOwner Owner,
    long? SparseSizeBytes = null,
    IReadOnlyList<ExtendedAttribute>? Attributes = null);

/// <summary>Who owns a file, as an archive says it: names, which mean the same on other machines, and numbers.</summary>
/// <param name="UserId">Number of the user.</param>
/// <param name="GroupId">Number of the group.</param>
/// <param name="UserName">Name of the user; empty when it has none.</param>
/// <param name="GroupName">Name of the group; empty when it has none.</param>
internal sealed record TarOwner(uint UserId, uint GroupId, ReadOnlyMemory<byte> UserName, ReadOnlyMemory<byte> GroupName)
{
    /// <summary>What is written when owners are not kept.</summary>
    public static TarOwner None { get; } = new(0, 0, default, default);
}
