using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using Shacache.Client.Archives.Posix;
using Shacache.Client.Errors;
using Shacache.Posix;

namespace Shacache.Client.Archives;

/// <summary>Moves through a tree below a root that it cannot leave, with every folder on the way held open.</summary>
/// <remarks>
/// A name is opened relative to its open parent and never as a link. Links are resolved here, so one that leads
/// out of the root is found before anything is opened through it. Memory is that of the current path, not of the tree.
/// </remarks>
internal sealed class FolderCursor : IDisposable
{
    private const int MaxLinks = 40;


    private readonly TreeMetadata _metadata;
    private readonly List<TreeFrame> _frames;

    /// <summary>Starts at the root.</summary>
    /// <param name="root">Disposed of by its owner.</param>
    /// <param name="metadata">Completes the folders.</param>
    public FolderCursor(SafeFileHandle root, TreeMetadata metadata)
    {
        _metadata = metadata;
        _frames = [new TreeFrame([0], root, metadata.Fallback)];
    }

    /// <summary>The root.</summary>
    public TreeFrame Root => _frames[0];

    /// <summary>Where it is.</summary>
    public TreeFrame Current => _frames[^1];

    /// <summary>Goes to a folder; folders that are missing on the way are created.</summary>
    /// <param name="path">Names from the root on, each with its NUL.</param>
    /// <exception cref="ArchiveException">The way leads out of the root, or through something that is not a folder.</exception>
    public void MoveTo(ReadOnlySpan<byte[]> path)
    {
        int common = CountOpen(path);
        while (_frames.Count > common + 1)
            Leave();

        var ahead = new Stack<byte[]>();
        for (int i = path.Length - 1; i >= common; i--)
            ahead.Push(path[i]);
        int links = 0;
        while (ahead.TryPop(out byte[]? name))
        {
            if (name.AsSpan().SequenceEqual("..\0"u8))
            {
                if (_frames.Count == 1)
                    throw LeadsOut(path);
                Leave();
            }
            else if (!name.AsSpan().SequenceEqual(".\0"u8) && !TryEnter(name))
            {
                Follow(name, path, ahead, ++links);
            }
        }
    }

    /// <summary>Creates a folder in the current one, or takes the one that is there, and goes into it.</summary>
    /// <exception cref="ArchiveException">Something else has that name.</exception>
    public void MakeFolder(byte[] name)
    {
        int error = FileSystemCalls.TryMakeFolder(Current.Handle, name);
        if (error == PosixError.Exists && FileSystemCalls.FindStatus(Current.Handle, name)?.Kind != FileKind.Folder)
            throw new ArchiveException($"The archive has a folder in the place of something else: '{FileName.ToDisplay(name)}'.");
        if (error is not (0 or PosixError.Exists))
            throw FileSystemCalls.Failure("create", name, error);
        Push(name, FileSystemCalls.OpenFolder(Current.Handle, name), isNew: error == 0);
    }

    /// <summary>Opens a folder without going there.</summary>
    /// <param name="path">Names from the root on, each with its NUL; none of them may be a link.</param>
    public SafeFileHandle Open(ReadOnlySpan<byte[]> path)
    {
        int common = CountOpen(path);
        SafeFileHandle handle = FileSystemCalls.OpenFolder(_frames[common].Handle, ".\0"u8);
        foreach (byte[] name in path[common..])
        {
            using SafeFileHandle parent = handle;
            handle = FileSystemCalls.OpenFolder(parent, name);
        }

        return handle;
    }

    /// <summary>Goes back to the root, and so completes all folders but that.</summary>
    public void MoveToRoot() => MoveTo([]);

    /// <inheritdoc/>
    public void Dispose()
    {
        // After an error the folders stay as they are: they are removed anyway.
        foreach (TreeFrame frame in _frames.Skip(1))
            frame.Dispose();
        _frames.RemoveRange(1, _frames.Count - 1);
    }

    /// <summary>How many folders of a path are open already.</summary>
    private int CountOpen(ReadOnlySpan<byte[]> path)
    {
        int count = 0;
        while (count < path.Length && count + 1 < _frames.Count && path[count].AsSpan().SequenceEqual(_frames[count + 1].Name))
            count++;
        return count;
    }

    private bool TryEnter(byte[] name)
    {
        bool isNew = false;
        SafeFileHandle? folder = FileSystemCalls.TryOpenFolder(Current.Handle, name, out int error);
        if (error == PosixError.NoEntry)
        {
            error = FileSystemCalls.TryMakeFolder(Current.Handle, name);
            if (error != 0)
                throw FileSystemCalls.Failure("create", name, error);
            folder = FileSystemCalls.OpenFolder(Current.Handle, name);
            isNew = true;
        }

        if (folder is not null)
            Push(name, folder, isNew);
        else if (error is not (PosixError.NotAFolder or PosixError.TooManyLinks))
            throw FileSystemCalls.Failure("open", name, error);
        return folder is not null;
    }

    private void Follow(byte[] name, ReadOnlySpan<byte[]> path, Stack<byte[]> ahead, int links)
    {
        byte[] target = FileSystemCalls.TryReadLink(Current.Handle, name)
            ?? throw new ArchiveException($"The archive writes below '{FileName.ToDisplay(name)}', which is not a folder.");
        if (target.Length == 0 || target[0] == '/')
            throw LeadsOut(path);
        if (links > MaxLinks)
            throw new ArchiveException($"The archive writes through a loop of links: '{Display(path)}'.");
        foreach (byte[] part in ArchivePath.Split(target).AsEnumerable().Reverse())
            ahead.Push(part);
    }

    private void Push(byte[] name, SafeFileHandle folder, bool isNew)
    {
        var frame = new TreeFrame(name, folder, _metadata.Fallback);
        _frames.Add(frame);
        if (isNew)
            return;
        // It was completed before: it is made writable again, and keeps its metadata for the next completion.
        FileStatus status = FileSystemCalls.GetStatus(folder);
        frame.Permissions = status.Permissions;
        frame.Modified = status.Modified;
        frame.Owner = status.Owner;
        if (FileCalls.ChangeMode(folder, ModeBits.PrivateFolder | (_metadata.InheritsGroups ? status.Permissions & ModeBits.SetGroupId : 0)) < 0 &&
            Marshal.GetLastPInvokeError() is var error && !FileSystemCalls.IsUnsupported(error))
        {
            throw FileSystemCalls.Failure("make writable", name, error);
        }
    }

    private void Leave()
    {
        using TreeFrame frame = Current;
        frame.Complete(_metadata);
        _frames.RemoveAt(_frames.Count - 1);
    }

    private static ArchiveException LeadsOut(ReadOnlySpan<byte[]> path) =>
        new($"The archive writes through a link that leads out of its folder: '{Display(path)}'.");

    private static string Display(ReadOnlySpan<byte[]> path)
    {
        var bytes = new List<byte>();
        foreach (byte[] name in path)
            bytes.AddRange([.. name.AsSpan(0, name.Length - 1), (byte)'/']);
        return FileName.ToDisplay(bytes.ToArray());
    }
}

/// <summary>A folder that is being filled: open, writable for its owner alone, with the metadata that it gets at the end.</summary>
internal sealed class TreeFrame(byte[] name, SafeFileHandle handle, FileOwner owner) : IDisposable
{
    /// <summary>Its name with a NUL.</summary>
    public byte[] Name { get; } = name;

    /// <summary>The open folder.</summary>
    public SafeFileHandle Handle { get; } = handle;

    /// <summary>The permissions that it gets in the end; by default those of a folder that the archive does not mention.</summary>
    public uint Permissions { get; set; } = ModeBits.PublicFolder;

    /// <summary>The owner that it gets in the end.</summary>
    public FileOwner Owner { get; set; } = owner;

    /// <summary>The extended attributes that it gets in the end.</summary>
    public IReadOnlyList<ExtendedAttribute>? Attributes { get; set; }

    /// <summary>The modification time that it gets in the end; null for none.</summary>
    public TimeSpec? Modified { get; set; }

    /// <summary>Sets what filling it would have changed.</summary>
    public void Complete(TreeMetadata metadata) => metadata.Set(Handle, Owner, Permissions, Attributes, Modified);

    /// <inheritdoc/>
    public void Dispose() => Handle.Dispose();
}
