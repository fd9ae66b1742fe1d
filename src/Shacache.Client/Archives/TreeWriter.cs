using Microsoft.Win32.SafeHandles;
using Shacache.Client.Archives.Gzip;
using Shacache.Client.Archives.Posix;
using Shacache.Client.Archives.Tar;
using Shacache.Client.Errors;
using Shacache.Posix;

namespace Shacache.Client.Archives;

/// <summary>Walks a folder and writes its entries.</summary>
/// <remarks>Every name is opened relative to its open parent and never as a link, so the walk cannot leave the folder.</remarks>
internal sealed class TreeWriter(
    IArchiveOutput output, ArchiveOptions options, IProgress<ArchiveProgress>? progress, CancellationToken cancellationToken)
{
    /// <summary>Longer paths cannot be opened (PATH_MAX, less its NUL).</summary>
    public const int MaxPathBytes = 4095;

    // Two empty blocks end an archive; it is filled up to a record of 20 blocks, as tar does.
    private const int RecordBytes = 20 * TarField.BlockBytes;

    private readonly TarHeaderWriter _headers = new();
    private readonly OwnerNames _owners = new();
    private readonly AttributeFilter _attributes = new();
    private readonly Dictionary<FileIdentity, ReadOnlyMemory<byte>> _linked = [];
    private readonly List<string> _warnings = [];
    private long _archiveBytes;
    private long _reportedBytes;

    public long ContentBytes { get; private set; }

    public long Entries { get; private set; }

    public IReadOnlyList<string> Warnings => [.. _warnings, .. _attributes.Warnings];

    /// <summary>Writes a folder and all that is in it.</summary>
    /// <param name="folder">The open folder.</param>
    /// <param name="path">Its path in the archive.</param>
    public async ValueTask AddFolderAsync(SafeFileHandle folder, ReadOnlyMemory<byte> path)
    {
        FileStatus before = Try(path, () => FileSystemCalls.GetStatus(folder));
        bool isTop = Entries == 0;
        await WriteHeaderAsync(Describe(TarKind.Folder, path, before, 0) with { Attributes = ReadAttributes(folder, path) }).ConfigureAwait(false);
        foreach (byte[] name in Try(path, () => FolderListing.ReadSorted(folder)))
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (isTop && options.LeftOut.Any(leftOut => FileName.FromText(leftOut).AsSpan().SequenceEqual(name)))
                continue;
            byte[] child = [.. path.Span, (byte)'/', .. name.AsSpan(0, name.Length - 1)];
            if (child.Length > MaxPathBytes)
                throw new ArchiveException($"The path '{FileName.ToDisplay(child)}' is longer than {MaxPathBytes} bytes and cannot be archived.");
            FileStatus status = Try(child, () => FileSystemCalls.FindStatus(folder, name)) ?? throw Changed(child);
            await AddAsync(folder, name, child, status).ConfigureAwait(false);
        }

        if (!Try(path, () => FileSystemCalls.GetStatus(folder)).IsUnchangedSince(before))
            throw Changed(path.Span);
    }

    /// <summary>Writes the end of the archive.</summary>
    public async ValueTask CompleteAsync()
    {
        long end = _archiveBytes + (2 * TarField.BlockBytes);
        await WriteZerosAsync(end + ((RecordBytes - (end % RecordBytes)) % RecordBytes) - _archiveBytes).ConfigureAwait(false);
        await output.CompleteAsync().ConfigureAwait(false);
        Report();
    }

    private async ValueTask AddAsync(SafeFileHandle parent, byte[] name, byte[] path, FileStatus status)
    {
        // A symbolic link with several names is written once for each: Python's tarfile would set the mode and time of
        // what such a hard link points to.
        if (status.Kind == FileKind.Regular && status.LinkCount > 1 && !_linked.TryAdd(status.Identity, path))
        {
            using (SafeFileHandle file = FileSystemCalls.TryOpenForReading(parent, name, out int error) ?? throw Unreadable(path, error))
            {
                if (LeavesOut(path, status, file))
                    return;
            }

            options.Observer?.AddHardLink(path, _linked[status.Identity]);
            await WriteHeaderAsync(Describe(TarKind.HardLink, path, status, 0) with { LinkName = _linked[status.Identity] }).ConfigureAwait(false);
            return;
        }

        switch (status.Kind)
        {
            case FileKind.Folder:
                using (SafeFileHandle folder = FileSystemCalls.TryOpenFolder(parent, name, out int error) ?? throw Unreadable(path, error))
                    await AddFolderAsync(folder, path).ConfigureAwait(false);
                break;
            case FileKind.Regular:
                using (SafeFileHandle file = FileSystemCalls.TryOpenForReading(parent, name, out int error) ?? throw Unreadable(path, error))
                    await AddFileAsync(file, path, status).ConfigureAwait(false);
                break;
            case FileKind.SymbolicLink:
                byte[] target = FileSystemCalls.TryReadLink(parent, name) ?? throw Changed(path);
                options.Observer?.AddSymbolicLink(path, target);
                await WriteHeaderAsync(Describe(TarKind.SymbolicLink, path, status, 0) with { LinkName = target, Permissions = ModeBits.All }).ConfigureAwait(false);
                break;
            default:
                string kind = status.Kind switch { FileKind.Socket => "socket", FileKind.Fifo => "fifo", _ => "device" };
                _warnings.Add($"The {kind} '{FileName.ToDisplay(path)}' was left out.");
                break;
        }
    }

    private async ValueTask AddFileAsync(SafeFileHandle file, byte[] path, FileStatus listed)
    {
        FileStatus before = Try(path, () => FileSystemCalls.GetStatus(file));
        // Another file may have taken the name between looking and opening.
        if (!before.IsUnchangedSince(listed))
            throw Changed(path);

        if (LeavesOut(path, before, file))
        {
            _linked.Remove(before.Identity);
            return;
        }

        options.Observer?.BeginFile(path, before);
        List<ExtendedAttribute>? attributes = ReadAttributes(file, path);
        List<SparseExtent>? extents = SparseMap.Find(file, before);
        if (extents is null)
        {
            if (before.AllocatedBytes < before.SizeBytes)
                FileSystemCalls.Seek(file, 0);
            await WriteHeaderAsync(Describe(TarKind.Regular, path, before, before.SizeBytes) with { Attributes = attributes }).ConfigureAwait(false);
            await CopyAsync(file, path, 0, before.SizeBytes).ConfigureAwait(false);
            await WriteZerosAsync(TarField.RoundUp(before.SizeBytes) - before.SizeBytes).ConfigureAwait(false);
        }
        else
        {
            byte[] map = SparseMap.Write(extents);
            long stored = map.Length + extents.Sum(extent => extent.LengthBytes);
            await WriteHeaderAsync(
                Describe(TarKind.Regular, path, before, stored) with { SparseSizeBytes = before.SizeBytes, Attributes = attributes }).ConfigureAwait(false);
            await WriteAsync(map).ConfigureAwait(false);
            foreach (SparseExtent extent in extents)
            {
                FileSystemCalls.Seek(file, extent.OffsetBytes);
                await CopyAsync(file, path, extent.OffsetBytes, extent.LengthBytes).ConfigureAwait(false);
            }

            await WriteZerosAsync(TarField.RoundUp(stored) - stored).ConfigureAwait(false);
        }

        Try(path, () => options.Observer?.EndFile(file));
        if (!Try(path, () => FileSystemCalls.GetStatus(file)).IsUnchangedSince(before))
            throw Changed(path);
    }

    private async ValueTask CopyAsync(SafeFileHandle file, byte[] path, long offset, long bytes)
    {
        while (bytes > 0)
        {
            cancellationToken.ThrowIfCancellationRequested();
            Memory<byte> free = output.Free;
            int read = Try(path, () => FileSystemCalls.Read(file, free.Span[..(int)Math.Min(free.Length, bytes)]));
            if (read == 0)
                throw Changed(path);
            options.Observer?.AddContent(offset, free.Span[..read]);
            await output.AdvanceAsync(read).ConfigureAwait(false);
            offset += read;
            bytes -= read;
            ContentBytes += read;
            _archiveBytes += read;
            if (ContentBytes - _reportedBytes >= DeflateBlock.CapacityBytes)
                Report();
        }
    }

    private TarEntryHeader Describe(byte kind, ReadOnlyMemory<byte> path, in FileStatus status, long storedBytes) =>
        new(kind, path, default, status.Permissions, storedBytes, status.Modified, options.KeepOwners ? _owners.Describe(status.Owner) : TarOwner.None);

    private List<ExtendedAttribute>? ReadAttributes(SafeFileHandle file, ReadOnlyMemory<byte> path) =>
        _attributes.Select(Try(path, () => ExtendedAttribute.ReadAll(file)), path.Span);

    private bool LeavesOut(byte[] path, FileStatus status, SafeFileHandle file)
    {
        if (options.WithCredentials)
            return false;
        if (Try(path, () => CredentialFile.IsBuildoutWithPassword(path, file)))
        {
            throw new ArchiveException(
                $"'{FileName.ToDisplay(path)}' holds a URL with a password, which everybody could read: take it out, or archive it anyway with --with-credentials.");
        }

        bool leavesOut = Try(path, () => CredentialFile.Is(path, status, file));
        if (leavesOut)
            _warnings.Add($"'{FileName.ToDisplay(path)}' holds credentials, which everybody could read, and was left out (--with-credentials archives it).");
        return leavesOut;
    }

    private ValueTask WriteHeaderAsync(TarEntryHeader entry)
    {
        Entries++;
        return WriteAsync(_headers.Write(entry));
    }

    private ValueTask WriteAsync(ReadOnlyMemory<byte> bytes)
    {
        _archiveBytes += bytes.Length;
        return output.WriteAsync(bytes);
    }

    private ValueTask WriteZerosAsync(long bytes) => bytes == 0 ? ValueTask.CompletedTask : WriteAsync(new byte[bytes]);

    private void Report()
    {
        _reportedBytes = ContentBytes;
        progress?.Report(new ArchiveProgress(output.WrittenBytes, ContentBytes, Entries));
    }

    private static void Try(ReadOnlyMemory<byte> path, Action call) => Try(path, () =>
    {
        call();
        return true;
    });

    private static T Try<T>(ReadOnlyMemory<byte> path, Func<T> call)
    {
        try
        {
            return call();
        }
        catch (FileSystemException e)
        {
            throw e.ToArchiveException($"'{FileName.ToDisplay(path.Span)}' cannot be archived");
        }
    }

    private static ArchiveException Unreadable(byte[] path, int error) =>
        error is PosixError.NoEntry or PosixError.NotAFolder or PosixError.TooManyLinks
            ? Changed(path)
            : FileSystemCalls.Failure("open", default, error).ToArchiveException($"'{FileName.ToDisplay(path)}' cannot be archived");

    private static ArchiveException Changed(ReadOnlySpan<byte> path) =>
        new($"'{FileName.ToDisplay(path)}' changed while it was being archived; try again when nothing writes to it.");
}

/// <summary>Finds the names of the owners that occur in a folder, each once.</summary>
internal sealed class OwnerNames
{
    private readonly Dictionary<FileOwner, TarOwner> _known = [];

    public TarOwner Describe(FileOwner owner)
    {
        if (!_known.TryGetValue(owner, out TarOwner? described))
        {
            described = new TarOwner(owner.UserId, owner.GroupId, SystemAccounts.FindUser(owner.UserId)?.Name ?? [], SystemAccounts.FindGroupName(owner.GroupId) ?? []);
            _known.Add(owner, described);
        }

        return described;
    }
}
