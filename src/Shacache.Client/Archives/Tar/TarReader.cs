using Shacache.Client.Archives.Gzip;
using Shacache.Client.Archives.Posix;
using Shacache.Client.Errors;
using Shacache.Posix;

namespace Shacache.Client.Archives.Tar;

/// <summary>Reads a tar archive of any writer: pax, GNU, ustar and the form before them. Malformed input is refused.</summary>
/// <remarks>Only a few blocks are in memory at any time; an extended header or a sparse map has a bound.</remarks>
internal sealed partial class TarReader(BlockPipe input, long maxEntries, CancellationToken cancellationToken)
{
    private const int MaxExtendedBytes = 1024 * 1024;
    private const int MaxPaddingBytes = 16 * 1024 * 1024;

    private readonly byte[] _block = new byte[TarField.BlockBytes];
    private readonly PaxRecords _global = new();
    private byte[] _userName = [], _groupName = [];
    private long _contentLeft;
    private int _paddingLeft;
    private long _headers;

    /// <summary>Reads up to the next entry; the unread content of the previous one is skipped.</summary>
    /// <returns>Null at the end of the archive, after which only zeros were found.</returns>
    /// <exception cref="ArchiveException">The archive is damaged or cut off, or has too many entries.</exception>
    public async ValueTask<TarEntry?> ReadEntryAsync()
    {
        await SkipContentAsync().ConfigureAwait(false);
        var pax = new PaxRecords();
        pax.Inherit(_global);
        byte[]? longName = null, longLink = null;
        while (true)
        {
            if (!await TryReadBlockAsync().ConfigureAwait(false))
                throw new ArchiveException("The archive ends without its end mark: it is cut off.");
            if (!_block.ContainsAnyExcept((byte)0))
            {
                await ReadEndAsync().ConfigureAwait(false);
                return null;
            }

            CheckHeader();
            long size = Number(TarField.Size, "size");
            switch (_block[TarField.Kind])
            {
                case TarKind.Pax or (byte)'X':
                    pax.Add(await ReadExtendedAsync(size).ConfigureAwait(false));
                    break;
                case TarKind.PaxGlobal:
                    byte[] records = await ReadExtendedAsync(size).ConfigureAwait(false);
                    _global.Add(records);
                    pax.Add(records);
                    break;
                case TarKind.GnuLongName:
                    longName = CutAtNul(await ReadExtendedAsync(size).ConfigureAwait(false));
                    break;
                case TarKind.GnuLongLink:
                    longLink = CutAtNul(await ReadExtendedAsync(size).ConfigureAwait(false));
                    break;
                case TarKind.GnuVolumeName:
                    await ReadExtendedAsync(size).ConfigureAwait(false);
                    break;
                default:
                    return await BuildEntryAsync(pax, longName, longLink, size).ConfigureAwait(false);
            }
        }
    }

    /// <summary>The next piece of the entry's content as it is stored; empty at its end. Valid until the next call.</summary>
    public async ValueTask<ReadOnlyMemory<byte>> ReadContentAsync()
    {
        if (_contentLeft == 0)
            return default;
        if (!await input.FillAsync(cancellationToken).ConfigureAwait(false))
            throw CutOff();
        ReadOnlyMemory<byte> piece = input.Available[..(int)Math.Min(input.Available.Length, _contentLeft)];
        input.Consume(piece.Length);
        _contentLeft -= piece.Length;
        return piece;
    }

    private async ValueTask<TarEntry> BuildEntryAsync(PaxRecords pax, byte[]? longName, byte[]? longLink, long size)
    {
        byte kind = _block[TarField.Kind];
        // Some writers put the kind of the file above the permissions, as the system has it.
        long mode = Number(TarField.Mode, "mode");
        uint permissions = mode is >= 0 and <= 0xffff ? (uint)mode & ModeBits.Mask : throw Malformed("mode");
        TimeSpec modified = pax.FindTime("mtime") ?? TimeSpec.Create(Number(TarField.ModificationTime, "modification time"), 0);
        byte[] name = pax.Find("GNU.sparse.name") ?? pax.Find("path") ?? longName ?? PlainName();
        byte[] userName = OwnerName(pax.Find("uname"), TarField.UserName, ref _userName);
        byte[] groupName = OwnerName(pax.Find("gname"), TarField.GroupName, ref _groupName);
        byte[] linkName = pax.Find("linkpath") ?? longLink ?? CutAtNul(_block.AsSpan(TarField.LinkName));
        // Before ustar a folder was recognised only by the slash at its end.
        if (kind == TarKind.OldRegular && name is [.., (byte)'/'])
            kind = TarKind.Folder;
        bool hasContent = kind is TarKind.Regular or TarKind.OldRegular or TarKind.Contiguous or TarKind.GnuSparse;
        // The size of a link is that of its target: nothing follows.
        _contentLeft = hasContent ? pax.FindNumber("size") ?? size : 0;
        if (_contentLeft < 0)
            throw new ArchiveException($"The size of '{FileName.ToDisplay(name)}' in the archive is negative.");
        _paddingLeft = (int)(-_contentLeft & (TarField.BlockBytes - 1));

        (long sizeBytes, IReadOnlyList<SparseExtent>? extents) = hasContent
            ? await ReadSparseAsync(kind, pax, name).ConfigureAwait(false)
            : (0, null);
        return new TarEntry
        {
            Kind = kind,
            Name = name,
            LinkName = linkName,
            Permissions = permissions,
            UserName = userName,
            GroupName = groupName,
            Attributes = pax.Attributes,
            Modified = modified,
            SizeBytes = sizeBytes,
            Extents = extents,
        };
    }

    private byte[] PlainName()
    {
        ReadOnlySpan<byte> prefix = _block.AsSpan(TarField.Prefix);
        byte[] name = CutAtNul(_block.AsSpan(TarField.Name));
        // GNU has other fields where ustar has the prefix.
        bool hasPrefix = _block.AsSpan(TarField.Magic)[..6].SequenceEqual("ustar\0"u8) && prefix[0] != 0;
        return hasPrefix ? [.. CutAtNul(prefix), (byte)'/', .. name] : name;
    }

    /// <summary>The name of an owner; the one of the entry before when it is the same, which it nearly always is.</summary>
    private byte[] OwnerName(byte[]? extended, Range field, ref byte[] last)
    {
        ReadOnlySpan<byte> name = extended;
        if (extended is null && _block.AsSpan(TarField.Magic).StartsWith("ustar"u8))
            name = UpToNul(_block.AsSpan(field));
        if (!name.SequenceEqual(last))
            last = name.ToArray();
        return last;
    }

    private void CheckHeader()
    {
        if (++_headers > maxEntries)
            throw new ArchiveException($"The archive has more than {maxEntries} entries, which is the limit.");
        // Some old writers summed signed bytes.
        long unsignedSum = 0, signedSum = 0;
        for (int i = 0; i < _block.Length; i++)
        {
            byte b = i is >= 148 and < 156 ? (byte)' ' : _block[i];
            unsignedSum += b;
            signedSum += (sbyte)b;
        }

        if (!TarNumber.TryParse(_block.AsSpan(TarField.Checksum), out long checksum) || (checksum != unsignedSum && checksum != signedSum))
            throw new ArchiveException("The archive is damaged: a header has a wrong checksum.");
    }

    private long Number(Range field, string what) =>
        TarNumber.TryParse(_block.AsSpan(field), out long value)
            ? value
            : throw Malformed(what);

    private static ArchiveException Malformed(string what) => new($"The archive is damaged: a header has a malformed {what}.");

    private async ValueTask<byte[]> ReadExtendedAsync(long size)
    {
        if (size is < 0 or > MaxExtendedBytes)
            throw new ArchiveException($"An extended header of the archive has {size} bytes; at most {MaxExtendedBytes} are accepted.");
        byte[] data = new byte[size];
        await ReadExactlyAsync(data).ConfigureAwait(false);
        _paddingLeft = (int)(-size & (TarField.BlockBytes - 1));
        await SkipContentAsync().ConfigureAwait(false);
        return data;
    }

    private async ValueTask ReadEndAsync()
    {
        // A second empty block, then zeros up to the end of a record. Anything else is hidden data or damage.
        long zeros = 0;
        while (await input.FillAsync(cancellationToken).ConfigureAwait(false))
        {
            if (input.Available.Span.ContainsAnyExcept((byte)0))
                throw new ArchiveException("The archive has data after its end mark.");
            zeros += input.Available.Length;
            if (zeros > MaxPaddingBytes)
                throw new ArchiveException($"The archive has more than {MaxPaddingBytes} zeros after its end mark.");
            input.Consume(input.Available.Length);
        }
    }

    private async ValueTask SkipContentAsync()
    {
        while (!(await ReadContentAsync().ConfigureAwait(false)).IsEmpty)
        {
        }

        while (_paddingLeft > 0)
        {
            if (!await input.FillAsync(cancellationToken).ConfigureAwait(false))
                throw CutOff();
            int count = Math.Min(_paddingLeft, input.Available.Length);
            input.Consume(count);
            _paddingLeft -= count;
        }
    }

    private async ValueTask<bool> TryReadBlockAsync()
    {
        if (!await input.FillAsync(cancellationToken).ConfigureAwait(false))
            return false;
        await ReadExactlyAsync(_block).ConfigureAwait(false);
        return true;
    }

    private async ValueTask ReadExactlyAsync(Memory<byte> destination)
    {
        while (!destination.IsEmpty)
        {
            if (!await input.FillAsync(cancellationToken).ConfigureAwait(false))
                throw CutOff();
            int count = Math.Min(destination.Length, input.Available.Length);
            input.Available[..count].CopyTo(destination);
            input.Consume(count);
            destination = destination[count..];
        }
    }

    private static byte[] CutAtNul(ReadOnlySpan<byte> field) => UpToNul(field).ToArray();

    private static ReadOnlySpan<byte> UpToNul(ReadOnlySpan<byte> field) => field.IndexOf((byte)0) is >= 0 and int end ? field[..end] : field;

    private static ArchiveException CutOff() => new("The archive ends in the middle of an entry: it is cut off.");
}
