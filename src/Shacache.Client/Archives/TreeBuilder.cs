using Microsoft.Win32.SafeHandles;
using Shacache.Client.Archives.Posix;
using Shacache.Client.Archives.Tar;

namespace Shacache.Client.Archives;

/// <summary>Creates what the entries of an archive say, below one folder.</summary>
internal sealed class TreeBuilder(StagingFolder staging, ExtractionOptions options) : IDisposable
{
    private const uint SetIdBits = 0xc00;
    private const int ReportedBytes = 1024 * 1024;

    private readonly FolderCursor _cursor = new(staging.Handle);
    private readonly uint _mask = FileSystemCalls.ProbeMask(staging.Handle);
    private long _sizeBytes;
    private long _reportedBytes;

    public long ContentBytes { get; private set; }

    public long Entries { get; private set; }

    /// <summary>Called now and then, and at the end.</summary>
    public Action? Progressed { get; set; }

    /// <summary>Creates one entry.</summary>
    /// <exception cref="ArchiveException">The entry is refused, or cannot be created.</exception>
    public async ValueTask AddAsync(TarEntry entry, TarReader content, FileWriter writer)
    {
        Entries++;
        try
        {
            byte[][]? path = ArchivePath.SplitBelow(entry.Name, staging.TargetName.Span);
            Check(entry, path);
            if (path is null)
                return;
            switch (entry.Kind)
            {
                case TarKind.Folder:
                    AddFolder(entry, path);
                    break;
                case TarKind.SymbolicLink:
                    AddSymbolicLink(entry, path);
                    break;
                case TarKind.HardLink:
                    AddHardLink(entry, path);
                    break;
                default:
                    _cursor.MoveTo(path.AsSpan(..^1));
                    writer.Begin(CreateFile(path[^1], entry.Permissions & 0x1ff), entry);
                    await FillAsync(entry, content, writer).ConfigureAwait(false);
                    break;
            }
        }
        catch (FileSystemException e)
        {
            throw new ArchiveException($"'{entry.DisplayName}' of the archive cannot be created: {e.Message}.", e);
        }
    }

    /// <summary>Completes the folders.</summary>
    /// <exception cref="ArchiveException">There was nothing in the archive.</exception>
    public void Complete()
    {
        if (Entries == 0)
            throw new ArchiveException("The archive is empty.");
        _cursor.MoveToRoot();
        Progressed?.Invoke();
    }

    /// <summary>Completes the top folder; the last thing before it is published, as others may look into it from then on.</summary>
    public void CompleteRoot() => _cursor.Root.Complete();

    /// <inheritdoc/>
    public void Dispose() => _cursor.Dispose();

    private void Check(TarEntry entry, byte[][]? path)
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
            throw new ArchiveException($"The archive is refused: its top, '{entry.DisplayName}', is no folder.");
        if ((entry.Permissions & SetIdBits) != 0 && !options.AllowSetId && entry.Kind is not (TarKind.SymbolicLink or TarKind.HardLink))
            throw new ArchiveException($"The archive is refused: '{entry.DisplayName}' has a set-uid or set-gid bit, which is not allowed here.");
        if (entry.LinkName.Contains((byte)0))
            throw new ArchiveException($"The archive is refused: the link '{entry.DisplayName}' points to a name with a NUL.");
        if (entry.SizeBytes > options.MaxContentBytes - _sizeBytes)
            throw new ArchiveException($"The archive is refused: its files have more than {options.MaxContentBytes} bytes, which is the limit.");
        _sizeBytes += entry.SizeBytes;
    }

    private void AddFolder(TarEntry entry, byte[][] path)
    {
        if (path.Length == 0)
        {
            _cursor.MoveToRoot();
        }
        else
        {
            _cursor.MoveTo(path.AsSpan(..^1));
            _cursor.MakeFolder(path[^1]);
        }

        _cursor.Current.Permissions = entry.Permissions;
        _cursor.Current.Modified = entry.Modified;
    }

    private void AddSymbolicLink(TarEntry entry, byte[][] path)
    {
        _cursor.MoveTo(path.AsSpan(..^1));
        SafeFileHandle parent = _cursor.Current.Handle;
        byte[] target = FileName.WithNul(entry.LinkName);
        int error = FileSystemCalls.TrySymbolicLink(target, parent, path[^1]);
        if (error == FileSystemCalls.Exists)
        {
            MakeRoom(path[^1]);
            error = FileSystemCalls.TrySymbolicLink(target, parent, path[^1]);
        }

        if (error != 0)
            throw FileSystemCalls.Failure("create", path[^1], error);
        FileSystemCalls.SetTimesOfName(parent, path[^1], entry.Modified);
    }

    private void AddHardLink(TarEntry entry, byte[][] path)
    {
        if (ArchivePath.SplitBelow(entry.LinkName, staging.TargetName.Span) is not { Length: > 0 } target)
            throw new ArchiveException($"The archive is refused: the hard link '{entry.DisplayName}' names a folder.");
        _cursor.MoveTo(path.AsSpan(..^1));
        using SafeFileHandle targetFolder = _cursor.Open(target.AsSpan(..^1));
        int error = FileSystemCalls.TryLink(targetFolder, target[^1], _cursor.Current.Handle, path[^1]);
        if (error == FileSystemCalls.Exists)
        {
            MakeRoom(path[^1]);
            error = FileSystemCalls.TryLink(targetFolder, target[^1], _cursor.Current.Handle, path[^1]);
        }

        if (error != 0)
            throw FileSystemCalls.Failure("link to", entry.LinkName, error);
    }

    private SafeFileHandle CreateFile(byte[] name, uint permissions)
    {
        SafeFileHandle parent = _cursor.Current.Handle;
        SafeFileHandle? file = FileSystemCalls.TryCreateFile(parent, name, out int error, permissions);
        if (error == FileSystemCalls.Exists)
        {
            MakeRoom(name);
            file = FileSystemCalls.TryCreateFile(parent, name, out error, permissions);
        }

        return file ?? throw FileSystemCalls.Failure("create", name, error);
    }

    /// <summary>A later entry replaces an earlier one of the same name, as in an archive that was appended to; but never a folder.</summary>
    private void MakeRoom(byte[] name)
    {
        if (FileSystemCalls.FindStatus(_cursor.Current.Handle, name)?.Kind == FileKind.Folder)
            throw new ArchiveException($"The archive is refused: it replaces its folder '{FileName.ToDisplay(name)}' by something else.");
        FileSystemCalls.Unlink(_cursor.Current.Handle, name, isFolder: false);
    }

    private async ValueTask FillAsync(TarEntry entry, TarReader content, FileWriter writer)
    {
        int extent = 0;
        long written = 0;
        while (true)
        {
            ReadOnlyMemory<byte> piece = await content.ReadContentAsync().ConfigureAwait(false);
            if (piece.IsEmpty)
                break;
            ContentBytes += piece.Length;
            if (ContentBytes - _reportedBytes >= ReportedBytes)
            {
                _reportedBytes = ContentBytes;
                Progressed?.Invoke();
            }

            if (entry.Extents is null)
            {
                await writer.WriteAsync(piece).ConfigureAwait(false);
                continue;
            }

            while (!piece.IsEmpty)
            {
                if (written == entry.Extents[extent].LengthBytes)
                {
                    extent++;
                    written = 0;
                    continue;
                }

                int count = (int)Math.Min(piece.Length, entry.Extents[extent].LengthBytes - written);
                await writer.WriteAsync(piece[..count], written == 0 ? entry.Extents[extent].OffsetBytes : null).ConfigureAwait(false);
                written += count;
                piece = piece[count..];
            }
        }

        // Most files have their mode since they were created.
        await writer.EndAsync(needsMode: (entry.Permissions & (_mask | ~0x1ffu)) != 0).ConfigureAwait(false);
    }
}
