using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;
using Shacache.Client.Archives.Posix;
using Shacache.Client.Archives.Tar;
using Shacache.Client.Errors;
using Shacache.Posix;

namespace Shacache.Client.Archives;

/// <summary>Creates what the entries of an archive say, below one folder.</summary>
internal sealed class TreeBuilder : IDisposable
{
    private const int ReportedBytes = 1024 * 1024;

    private readonly StagingFolder _staging;
    private readonly ExtractionOptions _options;
    private readonly FolderCursor _cursor;
    private readonly ExtractionRules _rules;
    private readonly uint _mask;
    private long _reportedBytes;

    /// <summary>Probes the mode and owner that new files get here, to know what must be changed afterwards.</summary>
    /// <exception cref="FileSystemException">Nothing can be created, or not given to the owner that is asked for.</exception>
    public TreeBuilder(StagingFolder staging, ExtractionOptions options)
    {
        _staging = staging;
        _options = options;
        _rules = new ExtractionRules(options);
        if (SystemAccounts.EffectiveUserId() == 0)
            staging.EndInheritance();
        FileStatus created = FileSystemCalls.ProbeNewFile(staging.Handle, options.Owner);
        _mask = ModeBits.All & ~created.Permissions;
        Metadata = new TreeMetadata(options, staging.RootOwner, created.Owner);
        _cursor = new FolderCursor(staging.Handle, Metadata);
        Proof = options.Proof?.Invoke();
    }

    /// <summary>Sets what the entries say of their files.</summary>
    public TreeMetadata Metadata { get; }

    /// <summary>Decides whether the tree may appear; null when nothing does.</summary>
    public ITreeProof? Proof { get; }

    public long ContentBytes { get; private set; }

    public long Entries { get; private set; }

    /// <summary>Called from time to time, and at the end.</summary>
    public Action? Progressed { get; set; }

    /// <summary>Creates one entry.</summary>
    /// <exception cref="ArchiveException">The entry is refused, or cannot be created.</exception>
    public async ValueTask AddAsync(TarEntry entry, TarReader content, FileWriter writer)
    {
        Entries++;
        try
        {
            byte[][]? path = ArchivePath.SplitBelow(entry.Name, _staging.TargetName.Span);
            _rules.Check(entry, path);
            if (path is null)
                return;
            switch (entry.Kind)
            {
                case TarKind.Folder:
                    AddFolder(entry, path);
                    break;
                case TarKind.SymbolicLink:
                    byte[] linkTarget = _options.Changes?.ChangeTarget(ArchivePath.Join(path), entry.LinkName) ?? entry.LinkName;
                    AddSymbolicLink(linkTarget, path, Metadata.FindOwner(entry), entry.Modified);
                    Proof?.AddLink(ArchivePath.Join(path), linkTarget);
                    break;
                case TarKind.HardLink:
                    await AddHardLinkAsync(entry, path, writer).ConfigureAwait(false);
                    break;
                default:
                    await AddFileAsync(entry, path, content, writer).ConfigureAwait(false);
                    break;
            }
        }
        catch (FileSystemException e)
        {
            throw e.ToArchiveException($"'{entry.DisplayName}' of the archive cannot be created");
        }
    }

    /// <summary>Makes the files anew that depend on others.</summary>
    /// <exception cref="ArchiveException">One cannot be made.</exception>
    public void ChangeLate()
    {
        foreach (byte[] path in _options.Changes?.Late ?? [])
        {
            try
            {
                ChangeLate([.. ArchivePath.Split(path)], path);
            }
            catch (FileSystemException e)
            {
                throw e.ToArchiveException($"'{FileName.ToDisplay(path)}' of the archive cannot be created");
            }
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

    /// <summary>Completes the top folder; called last before publication, since others can read it from then on.</summary>
    public void CompleteRoot()
    {
        if (_options.CompletedMark is { } mark)
            AddMark(mark);
        _cursor.Root.Complete(Metadata);
    }

    /// <inheritdoc/>
    public void Dispose() => _cursor.Dispose();

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
        _cursor.Current.Owner = Metadata.FindOwner(entry);
        _cursor.Current.Attributes = entry.Attributes;
    }

    private void AddSymbolicLink(byte[] linkName, byte[][] path, FileOwner owner, TimeSpec modified)
    {
        _cursor.MoveTo(path.AsSpan(..^1));
        SafeFileHandle parent = _cursor.Current.Handle;
        byte[] target = FileName.WithNul(linkName);
        int error = FileSystemCalls.TrySymbolicLink(target, parent, path[^1]);
        if (error == PosixError.Exists)
        {
            RemoveExisting(path[^1]);
            error = FileSystemCalls.TrySymbolicLink(target, parent, path[^1]);
        }

        if (error != 0)
            throw FileSystemCalls.Failure("create", path[^1], error);
        Metadata.SetLink(parent, path[^1], owner, modified);
    }

    private async ValueTask AddHardLinkAsync(TarEntry entry, byte[][] path, FileWriter writer)
    {
        if (ArchivePath.SplitBelow(entry.LinkName, _staging.TargetName.Span) is not { Length: > 0 } target)
            throw new ArchiveException($"The archive is refused: the hard link '{entry.DisplayName}' names a folder.");
        // What is left out is left out under each of its names.
        if (_options.Changes?.Removes(ArchivePath.Join(target)) == true)
            return;
        Proof?.AddHardLink(ArchivePath.Join(path), ArchivePath.Join(target));
        _cursor.MoveTo(path.AsSpan(..^1));
        using SafeFileHandle targetFolder = _cursor.Open(target.AsSpan(..^1));
        int error = FileSystemCalls.TryLink(targetFolder, target[^1], _cursor.Current.Handle, path[^1]);
        if (error == PosixError.Exists)
        {
            RemoveExisting(path[^1]);
            error = FileSystemCalls.TryLink(targetFolder, target[^1], _cursor.Current.Handle, path[^1]);
        }

        if (error == 0)
            return;
        FileStatus status = FileSystemCalls.FindStatus(targetFolder, target[^1]) ?? throw FileSystemCalls.Failure("link to", entry.LinkName, error);
        if (status.Kind == FileKind.Folder)
            throw new ArchiveException($"The archive is refused: the hard link '{entry.DisplayName}' names a folder.");
        // Some file systems have no hard links, others not so many of one file.
        if (!FileSystemCalls.IsUnsupported(error) && error is not (PosixError.TooManyNames or PosixError.CrossDevice))
            throw FileSystemCalls.Failure("link to", entry.LinkName, error);
        Metadata.WarnOnce("hard links", $"hard links of the archive become copies: {Marshal.GetPInvokeErrorMessage(error)}.");
        await CopyAsync(targetFolder, target[^1], path, writer).ConfigureAwait(false);
    }

    /// <summary>Copies a file where it cannot be linked to.</summary>
    private async ValueTask CopyAsync(SafeFileHandle targetFolder, byte[] target, byte[][] path, FileWriter writer)
    {
        await writer.DrainAsync().ConfigureAwait(false);
        FileStatus status = FileSystemCalls.FindStatus(targetFolder, target) ?? throw FileSystemCalls.Failure("open", target, PosixError.NoEntry);
        if (status.Kind == FileKind.SymbolicLink)
        {
            AddSymbolicLink(FileSystemCalls.TryReadLink(targetFolder, target)!, path, status.Owner, status.Modified);
            return;
        }

        _rules.AddContent(status.SizeBytes);
        using SafeFileHandle source = FileSystemCalls.TryOpenForReading(targetFolder, target, out int error) ?? throw FileSystemCalls.Failure("open", target, error);
        using SafeFileHandle copy = CreateFile(path[^1], ModeBits.PrivateFile);
        SparseMap.Copy(source, status, copy);
        Metadata.Set(copy, status.Owner, status.Permissions, ExtendedAttribute.ReadAll(source), status.Modified);
    }

    private void AddMark(string mark)
    {
        byte[] name = ".completed\0"u8.ToArray();
        using SafeFileHandle file = CreateFile(name, ModeBits.PublicFile);
        FileSystemCalls.Write(file, Encoding.UTF8.GetBytes(mark));
        Metadata.Set(file, Metadata.Fallback, ModeBits.PublicFile, null, null);
    }

    private void ChangeLate(byte[][] path, byte[] text)
    {
        const int MaxBytes = 64 * 1024 * 1024;
        _cursor.MoveTo(path.AsSpan(..^1));
        SafeFileHandle parent = _cursor.Current.Handle;
        if (FileSystemCalls.FindStatus(parent, path[^1]) is not { Kind: FileKind.Regular } status)
            return;
        if (status.SizeBytes > MaxBytes)
            throw new ArchiveException($"The archive is refused: its file '{FileName.ToDisplay(text)}' is longer than {MaxBytes} bytes.");
        byte[] content = new byte[(int)status.SizeBytes];
        IReadOnlyList<ExtendedAttribute>? attributes;
        using (SafeFileHandle file = FileSystemCalls.TryOpenForReading(parent, path[^1], out int error) ?? throw FileSystemCalls.Failure("open", path[^1], error))
        {
            int count = 0;
            while (count < content.Length && FileSystemCalls.Read(file, content.AsSpan(count)) is > 0 and int read)
                count += read;
            attributes = ExtendedAttribute.ReadAll(file);
        }

        if (!_options.Changes!.TryChangeLate(text, content, out byte[]? changed))
            return;
        RemoveExisting(path[^1]);
        using SafeFileHandle made = CreateFile(path[^1], ModeBits.PrivateFile);
        FileSystemCalls.Write(made, changed);
        Metadata.Set(made, status.Owner, status.Permissions, attributes, status.Modified);
    }

    private SafeFileHandle CreateFile(byte[] name, uint permissions, bool isRead = false)
    {
        SafeFileHandle parent = _cursor.Current.Handle;
        SafeFileHandle? file = FileSystemCalls.TryCreateFile(parent, name, out int error, permissions, isRead);
        if (error == PosixError.Exists)
        {
            RemoveExisting(name);
            file = FileSystemCalls.TryCreateFile(parent, name, out error, permissions, isRead);
        }

        return file ?? throw FileSystemCalls.Failure("create", name, error);
    }

    /// <summary>A later entry replaces an earlier one of the same name, as in an archive that was appended to; but never a folder.</summary>
    private void RemoveExisting(byte[] name)
    {
        if (FileSystemCalls.FindStatus(_cursor.Current.Handle, name)?.Kind == FileKind.Folder)
            throw new ArchiveException($"The archive is refused: it replaces its folder '{FileName.ToDisplay(name)}' by something else.");
        FileSystemCalls.Unlink(_cursor.Current.Handle, name, isFolder: false);
    }

    private async ValueTask AddFileAsync(TarEntry entry, byte[][] path, TarReader content, FileWriter writer)
    {
        byte[]? name = _options.Changes is null && Proof is null ? null : ArchivePath.Join(path);
        // What is not read of an entry is passed over.
        if (name is not null && _options.Changes?.Removes(name) == true)
            return;
        IFileChange? change = name is null ? null : _options.Changes?.FindChange(name);
        _cursor.MoveTo(path.AsSpan(..^1));
        writer.Begin(CreateFile(path[^1], entry.Permissions & ModeBits.All, isRead: Proof is not null || change is { IsCompletedLater: true }), entry);
        var output = new ChangingOutput(writer, change) { Passed = CountContent };
        await output.FillAsync(entry, content).ConfigureAwait(false);
        // Most files were created with their final mode.
        bool needsMode = (entry.Permissions & (_mask | ~ModeBits.All)) != 0;
        Action<SafeFileHandle>? look = Proof is { } proof ? file => proof.AddFile(name, file, entry.Permissions) : null;
        await writer.EndAsync(needsMode, Metadata.FindOwner(entry), change, look).ConfigureAwait(false);
    }

    private void CountContent(int bytes)
    {
        ContentBytes += bytes;
        if (ContentBytes - _reportedBytes < ReportedBytes)
            return;
        _reportedBytes = ContentBytes;
        Progressed?.Invoke();
    }
}
