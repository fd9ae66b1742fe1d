using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Win32.SafeHandles;
using Shacache.Client.Archives.Posix;
using Shacache.Client.Errors;
using Shacache.Posix;

namespace Shacache.Client.Archives;

/// <summary>A folder beside the target in which a release grows, unseen by others, until it is renamed to the target.</summary>
/// <remarks>
/// It is locked while its process lives. One that is not locked was left behind by a crash, and is removed when the same
/// release is installed again; where the file system has no locks, it is kept and reported.
/// </remarks>
internal sealed class StagingFolder : IDisposable
{
    private const int RandomBytes = 4;
    private const int MaxTries = 100;
    private static readonly byte[] Suffix = ".partial"u8.ToArray();

    private readonly string _target;
    private readonly Action<string>? _onWarning;
    private readonly SafeFileHandle _parent;
    private readonly byte[] _targetName;
    private readonly byte[] _name;
    private bool _isGone;

    private StagingFolder(string target, SafeFileHandle parent, byte[] targetName, byte[] name, SafeFileHandle handle, Action<string>? onWarning)
    {
        _target = target;
        _onWarning = onWarning;
        _parent = parent;
        _targetName = targetName;
        _name = name;
        Handle = handle;
        RootOwner = FileSystemCalls.GetStatus(parent).Owner;
    }

    private enum LockState
    {
        /// <summary>It is this process's now.</summary>
        Locked,

        /// <summary>Another process has it.</summary>
        Taken,

        /// <summary>The file system has no locks.</summary>
        Unknown,
    }

    /// <summary>Who owns the folder in which the target will be.</summary>
    public FileOwner RootOwner { get; }

    /// <summary>The open folder.</summary>
    public SafeFileHandle Handle { get; }

    /// <summary>Name of the target, without a NUL: the top folder of the archive.</summary>
    public ReadOnlyMemory<byte> TargetName => _targetName.AsMemory(0, _targetName.Length - 1);

    /// <summary>Creates a folder beside the target.</summary>
    /// <param name="target">Full path of the target, which must not exist; its parent must.</param>
    /// <param name="onWarning">Called for each folder that cannot be removed.</param>
    /// <exception cref="ArchiveException">The target exists, or its parent cannot be written.</exception>
    public static StagingFolder Create(string target, Action<string>? onWarning)
    {
        byte[] targetName = FileName.FromText(Path.GetFileName(target));
        SafeFileHandle? parent = null;
        try
        {
            parent = FileSystemCalls.OpenFolder(Path.GetDirectoryName(target)!);
            if (FileSystemCalls.FindStatus(parent, targetName) is not null)
                throw AlreadyThere(target);
            RemoveAbandoned(parent, targetName, onWarning);
            for (int i = 0; i < MaxTries; i++)
            {
                byte[] name = [.. Prefix(targetName), .. Encoding.ASCII.GetBytes(RandomNumberGenerator.GetHexString(2 * RandomBytes, lowercase: true)), .. Suffix, 0];
                int error = FileSystemCalls.TryMakeFolder(parent, name);
                if (error is not (0 or PosixError.Exists))
                    throw FileSystemCalls.Failure("create", name, error);
                // Between the two calls another installation may have removed it as abandoned.
                if (error == 0 && TryLock(parent, name, out SafeFileHandle? handle) != LockState.Taken)
                    return new StagingFolder(target, parent, targetName, name, handle!, onWarning);
            }

            throw new ArchiveException($"Nothing can be extracted to '{target}': other installations remove each folder that is made for it.") { IsOfMachine = true };
        }
        catch (Exception e)
        {
            parent?.Dispose();
            if (e is FileSystemException failure)
                throw failure.ToArchiveException($"Nothing can be extracted to '{target}'", isOfMachine: true);
            throw;
        }
    }

    /// <summary>Makes the folder and new files in it belong to the user that creates them, not to the group of a set-gid software root.</summary>
    public void EndInheritance()
    {
        // Where it is not possible it is not needed: such file systems keep no owners.
        _ = FileCalls.ChangeOwner(Handle, SystemAccounts.EffectiveUserId(), SystemAccounts.EffectiveGroupId());
        _ = FileCalls.ChangeMode(Handle, ModeBits.PrivateFolder);
    }

    /// <summary>Renames the folder to the target and, if asked to, makes sure that contents and name survive a power loss.</summary>
    /// <remarks>
    /// Order: all content of the file system to disk, then the name, then the parent folder. So the name never reaches the disk before what it names.
    /// One syncfs costs far less than an fsync for each of many thousand files.
    /// </remarks>
    public void Publish(bool flushToDisk)
    {
        if (flushToDisk)
            FlushContent();
        int error = Rename();
        if (error is PosixError.Exists or PosixError.NotEmpty or PosixError.NotAFolder)
            throw AlreadyThere(_target);
        if (error != 0)
            throw FileSystemCalls.Failure("rename", _name, error);
        _isGone = true;
        // Some file systems cannot flush a folder; then they keep names in an order of their own.
        if (flushToDisk && FileCalls.Sync(_parent) < 0 && Marshal.GetLastPInvokeError() is var flushError && !FileSystemCalls.IsUnsupported(flushError))
            throw FileSystemCalls.Failure("flush to disk", default, flushError);
    }

    /// <summary>Removes the folder, unless it became the target. A failure is only a warning: the error that led here is more important.</summary>
    public void Dispose()
    {
        try
        {
            if (!_isGone)
                FolderRemover.Remove(_parent, _name);
        }
        catch (FileSystemException e)
        {
            _onWarning?.Invoke($"the folder '{FileName.ToDisplay(_name)}' beside '{_target}' is left behind: {e.Message}.");
        }

        _isGone = true;
        Handle.Dispose();
        _parent.Dispose();
    }

    private void FlushContent()
    {
        if (FileCalls.SyncFileSystem(Handle) == 0)
            return;
        int error = Marshal.GetLastPInvokeError();
        if (!FileSystemCalls.IsUnsupported(error))
            throw FileSystemCalls.Failure("flush to disk", default, error);
        FileCalls.SyncAll();
    }

    private int Rename()
    {
        const uint NoReplace = 1;
        try
        {
            if (FileCalls.RenameAt2(_parent, _name, _parent, _targetName, NoReplace) == 0)
                return 0;
            int error = Marshal.GetLastPInvokeError();
            if (!FileSystemCalls.IsUnsupported(error))
                return error;
        }
        catch (EntryPointNotFoundException)
        {
            // An older C library.
        }

        // Replaces at most an empty folder that was created in this instant, which is not an installed release.
        if (FileSystemCalls.FindStatus(_parent, _targetName) is not null)
            return PosixError.Exists;
        return FileCalls.RenameAt(_parent, _name, _parent, _targetName) == 0 ? 0 : Marshal.GetLastPInvokeError();
    }

    private static void RemoveAbandoned(SafeFileHandle parent, byte[] targetName, Action<string>? onWarning)
    {
        byte[] prefix = Prefix(targetName);
        foreach (byte[] name in FolderListing.ReadSorted(parent))
        {
            ReadOnlySpan<byte> text = name.AsSpan(0, name.Length - 1);
            if (text.Length != prefix.Length + (2 * RandomBytes) + Suffix.Length || !text.StartsWith(prefix) || !text.EndsWith(Suffix))
                continue;
            LockState state = TryLock(parent, name, out SafeFileHandle? handle);
            using SafeFileHandle? held = handle;
            if (state == LockState.Unknown)
                onWarning?.Invoke($"the folder '{FileName.ToDisplay(name)}' belongs to another installation or was left behind by one: this file system has no locks that would show which. Remove it when no installation is running.");
            if (state == LockState.Locked)
                TryRemove(parent, name, onWarning);
        }
    }

    /// <summary>An abandoned folder does no harm: a failure to remove it is only a warning.</summary>
    private static void TryRemove(SafeFileHandle parent, byte[] name, Action<string>? onWarning)
    {
        try
        {
            FolderRemover.Remove(parent, name);
        }
        catch (FileSystemException e)
        {
            onWarning?.Invoke($"the folder '{FileName.ToDisplay(name)}', which an installation left behind, cannot be removed: {e.Message}.");
        }
    }

    /// <summary>Opens and locks a folder.</summary>
    /// <param name="parent">Where it is.</param>
    /// <param name="name">Its name.</param>
    /// <param name="handle">The open folder; null when another process has it, or has removed it in the meantime.</param>
    private static LockState TryLock(SafeFileHandle parent, byte[] name, out SafeFileHandle? handle)
    {
        handle = FileSystemCalls.TryOpenFolder(parent, name, out int error);
        if (handle is null && error is not (PosixError.NoEntry or PosixError.NotAFolder or PosixError.TooManyLinks))
            throw FileSystemCalls.Failure("open", name, error);
        if (handle is null)
            return LockState.Taken;
        do
        {
            error = ProcessCalls.TryLock(handle);
        }
        while (error == PosixError.Interrupted);

        bool isNamed = FileSystemCalls.FindStatus(parent, name) is { } named && named.Identity == FileSystemCalls.GetStatus(handle).Identity;
        if (isNamed && error != PosixError.WouldBlock)
            return error == 0 ? LockState.Locked : LockState.Unknown;
        handle.Dispose();
        handle = null;
        return LockState.Taken;
    }

    private static byte[] Prefix(byte[] targetName) => [(byte)'.', .. targetName.AsSpan(0, targetName.Length - 1), (byte)'.'];

    private static ArchiveException AlreadyThere(string target) => new($"'{target}' exists already and is left alone.");
}
