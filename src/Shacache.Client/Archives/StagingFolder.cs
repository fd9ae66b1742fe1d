using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Win32.SafeHandles;
using Shacache.Client.Archives.Posix;

namespace Shacache.Client.Archives;

/// <summary>A folder beside the target in which a release grows, unseen by others, until it is renamed to the target.</summary>
/// <remarks>
/// It is locked while its process lives. One that is not locked was left behind by a crash, and goes when the same
/// release is installed again.
/// </remarks>
internal sealed class StagingFolder : IDisposable
{
    private const int RandomBytes = 4;
    private static readonly byte[] Suffix = ".partial"u8.ToArray();

    private readonly string _target;
    private readonly SafeFileHandle _parent;
    private readonly byte[] _targetName;
    private readonly byte[] _name;
    private bool _isGone;

    private StagingFolder(string target, SafeFileHandle parent, byte[] targetName, byte[] name, SafeFileHandle handle)
    {
        _target = target;
        _parent = parent;
        _targetName = targetName;
        _name = name;
        Handle = handle;
    }

    /// <summary>The open folder.</summary>
    public SafeFileHandle Handle { get; }

    /// <summary>Name of the target, without a NUL: the top folder of the archive.</summary>
    public ReadOnlyMemory<byte> TargetName => _targetName.AsMemory(0, _targetName.Length - 1);

    /// <summary>Creates a folder beside the target.</summary>
    /// <param name="target">Full path of the target, which must not exist; its parent must.</param>
    /// <exception cref="ArchiveException">The target exists, or its parent cannot be written.</exception>
    public static StagingFolder Create(string target)
    {
        byte[] targetName = FileName.FromText(Path.GetFileName(target));
        SafeFileHandle? parent = null;
        try
        {
            parent = FileSystemCalls.OpenFolder(Path.GetDirectoryName(target)!);
            if (FileSystemCalls.FindStatus(parent, targetName) is not null)
                throw AlreadyThere(target);
            RemoveLeftBehind(parent, targetName);
            while (true)
            {
                byte[] name = [.. Prefix(targetName), .. Encoding.ASCII.GetBytes(RandomNumberGenerator.GetHexString(2 * RandomBytes, lowercase: true)), .. Suffix, 0];
                int error = FileSystemCalls.TryMakeFolder(parent, name);
                if (error is not (0 or FileSystemCalls.Exists))
                    throw FileSystemCalls.Failure("create", name, error);
                if (error == 0 && TryLock(parent, name) is { } handle)
                    return new StagingFolder(target, parent, targetName, name, handle);
            }
        }
        catch (Exception e)
        {
            parent?.Dispose();
            if (e is FileSystemException)
                throw new ArchiveException($"Nothing can be extracted to '{target}': {e.Message}.", e);
            throw;
        }
    }

    /// <summary>Renames the folder to the target and, if asked to, makes sure that contents and name survive a power loss.</summary>
    /// <remarks>
    /// Order: all content of the file system to disk, then the name, then the parent folder. So the name never reaches the disk before what it names.
    /// One syncfs costs far less than an fsync for each of many thousand files.
    /// </remarks>
    public void Publish(bool flushToDisk)
    {
        if (flushToDisk)
            FileSystemCalls.Check(LibC.SyncFileSystem(Handle), "flush to disk");
        int error = Rename();
        if (error is FileSystemCalls.Exists or FileSystemCalls.NotEmpty or FileSystemCalls.NotAFolder)
            throw AlreadyThere(_target);
        if (error != 0)
            throw FileSystemCalls.Failure("rename", _name, error);
        _isGone = true;
        if (flushToDisk)
            FileSystemCalls.Check(LibC.Sync(_parent), "flush to disk");
    }

    /// <summary>Removes the folder, unless it became the target.</summary>
    public void Dispose()
    {
        try
        {
            if (!_isGone)
                FolderRemover.Remove(_parent, _name);
            _isGone = true;
        }
        finally
        {
            Handle.Dispose();
            _parent.Dispose();
        }
    }

    private int Rename()
    {
        const uint NoReplace = 1;
        try
        {
            if (LibC.RenameAt2(_parent, _name, _parent, _targetName, NoReplace) == 0)
                return 0;
            int error = Marshal.GetLastPInvokeError();
            if (error is not (FileSystemCalls.NotSupported or FileSystemCalls.Invalid))
                return error;
        }
        catch (EntryPointNotFoundException)
        {
            // An older C library.
        }

        // Replaces at most an empty folder, which is no installed release.
        return LibC.RenameAt(_parent, _name, _parent, _targetName) == 0 ? 0 : Marshal.GetLastPInvokeError();
    }

    private static void RemoveLeftBehind(SafeFileHandle parent, byte[] targetName)
    {
        byte[] prefix = Prefix(targetName);
        foreach (byte[] name in FolderListing.ReadSorted(parent))
        {
            ReadOnlySpan<byte> text = name.AsSpan(0, name.Length - 1);
            if (text.Length == prefix.Length + (2 * RandomBytes) + Suffix.Length && text.StartsWith(prefix) && text.EndsWith(Suffix) &&
                TryLock(parent, name) is { } handle)
            {
                using (handle)
                    FolderRemover.Remove(parent, name);
            }
        }
    }

    /// <summary>Opens and locks a folder; null when another process has it, or has removed it meanwhile.</summary>
    private static SafeFileHandle? TryLock(SafeFileHandle parent, byte[] name)
    {
        SafeFileHandle? handle = FileSystemCalls.TryOpenFolder(parent, name, out _);
        if (handle is null)
            return null;
        bool isOurs = LibC.Lock(handle, LibC.LockExclusive | LibC.LockNonBlocking) == 0 &&
            FileSystemCalls.FindStatus(parent, name) is { } named && named.Identity == FileSystemCalls.GetStatus(handle).Identity;
        if (isOurs)
            return handle;
        handle.Dispose();
        return null;
    }

    private static byte[] Prefix(byte[] targetName) => [(byte)'.', .. targetName.AsSpan(0, targetName.Length - 1), (byte)'.'];

    private static ArchiveException AlreadyThere(string target) => new($"'{target}' exists already and is left alone.");
}
