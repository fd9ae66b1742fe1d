using Shacache.Client.Archives.Posix;
using Shacache.Client.Archives.Tar;
using Shacache.Client.Errors;

namespace Shacache.Client.Archives;

/// <summary>Refuses entries that must not be extracted: devices, set-uid files, names with a NUL, more content than allowed.</summary>
internal sealed class ExtractionRules(ExtractionOptions options)
{
    private long _contentBytes;

    /// <summary>Checks one entry, and counts its content.</summary>
    /// <param name="entry">The entry.</param>
    /// <param name="path">Its path below the top folder; null or empty for the top folder itself.</param>
    /// <exception cref="ArchiveException">The entry is refused.</exception>
    public void Check(TarEntry entry, byte[][]? path)
    {
        string? kind = entry.Kind switch
        {
            TarKind.OldRegular or TarKind.Regular or TarKind.Contiguous or TarKind.GnuSparse => null,
            TarKind.HardLink or TarKind.SymbolicLink or TarKind.Folder => null,
            TarKind.CharacterDevice or TarKind.BlockDevice => "a device",
            TarKind.Fifo => "a fifo",
            _ => "an entry of unknown kind",
        };
        if (kind is not null)
            throw new ArchiveException($"The archive is refused: it holds {kind}, '{entry.DisplayName}'.");
        if (path is not { Length: > 0 } && entry.Kind != TarKind.Folder)
            throw new ArchiveException($"The archive is refused: its top, '{entry.DisplayName}', is not a folder.");
        // A folder's set-gid bit passes its group on; it gives no process the rights of another user.
        uint refused = entry.Kind == TarKind.Folder ? ModeBits.SetUserId : ModeBits.SetUserId | ModeBits.SetGroupId;
        if ((entry.Permissions & refused) != 0 && !options.AllowSetId && entry.Kind is not (TarKind.SymbolicLink or TarKind.HardLink))
            throw new ArchiveException($"The archive is refused: '{entry.DisplayName}' has a set-uid or set-gid bit, which is not allowed here.");
        if (entry.LinkName.Contains((byte)0))
            throw new ArchiveException($"The archive is refused: the link '{entry.DisplayName}' points to a name with a NUL.");
        AddContent(entry.SizeBytes);
    }

    /// <summary>Counts content against the limit.</summary>
    /// <exception cref="ArchiveException">It exceeds the limit.</exception>
    public void AddContent(long bytes)
    {
        if (bytes > options.MaxContentBytes - _contentBytes)
            throw new ArchiveException($"The archive is refused: its files have more than {options.MaxContentBytes} bytes, which is the limit.");
        _contentBytes += bytes;
    }
}
