using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using Shacache.Client.Errors;
using Shacache.Posix;

namespace Shacache.Client.Archives.Posix;

/// <summary>System calls with their errors as exceptions.</summary>
internal static class FileSystemCalls
{
    /// <summary>Opens a folder below another; never through a symbolic link.</summary>
    /// <returns>Null when <paramref name="error"/> is set.</returns>
    public static SafeFileHandle? TryOpenFolder(SafeFileHandle parent, ReadOnlySpan<byte> name, out int error) =>
        TryOpen(parent, name, FileCalls.ReadOnly | FileCalls.Directory | FileCalls.NoFollow, out error);

    /// <summary>Opens a folder below another; never through a symbolic link.</summary>
    public static SafeFileHandle OpenFolder(SafeFileHandle parent, ReadOnlySpan<byte> name) =>
        TryOpenFolder(parent, name, out int error) ?? throw Failure("open", name, error);

    /// <summary>Opens a folder by its path, following links, as the user who named it expects.</summary>
    public static SafeFileHandle OpenFolder(string path)
    {
        byte[] name = FileName.FromText(path);
        return TryOpen(FileCalls.CurrentFolder, name, FileCalls.ReadOnly | FileCalls.Directory, out int error) ?? throw Failure("open", name, error);
    }

    /// <summary>Opens a file for reading; never a symbolic link, and without waiting for the other end of a fifo.</summary>
    public static SafeFileHandle? TryOpenForReading(SafeFileHandle parent, ReadOnlySpan<byte> name, out int error) =>
        TryOpen(parent, name, FileCalls.ReadOnly | FileCalls.NoFollow | FileCalls.NonBlocking, out error);

    /// <summary>Creates a file; null with <see cref="PosixError.Exists"/> when the name is taken, be it by a link.</summary>
    /// <param name="parent">Where.</param>
    /// <param name="name">Its name.</param>
    /// <param name="error">The error.</param>
    /// <param name="permissions">What the process's mask leaves of these; by default none for others than the owner.</param>
    /// <param name="isRead">Whether it is read, too, while it is open.</param>
    public static SafeFileHandle? TryCreateFile(
        SafeFileHandle parent, ReadOnlySpan<byte> name, out int error, uint permissions = ModeBits.PrivateFile, bool isRead = false) =>
        TryOpen(parent, name, (isRead ? FileCalls.ReadWrite : FileCalls.WriteOnly) | FileCalls.CreateExclusively | FileCalls.NoFollow, out error, permissions);

    /// <summary>What a new file in a folder is like when all permissions are asked for: what the process's mask or the folder's access control list takes away, and who owns it.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="owner">Tried out: whether the file can be given to this owner.</param>
    public static FileStatus ProbeNewFile(SafeFileHandle folder, FileOwner? owner)
    {
        ReadOnlySpan<byte> name = ".probe\0"u8;
        using SafeFileHandle file = TryCreateFile(folder, name, out int error, ModeBits.All) ?? throw Failure("create", name, error);
        Unlink(folder, name, isFolder: false);
        FileStatus status = GetStatus(file);
        if (owner is { } wanted && wanted != status.Owner && FileCalls.ChangeOwner(file, wanted.UserId, wanted.GroupId) < 0)
        {
            int failure = Marshal.GetLastPInvokeError();
            throw new FileSystemException(
                $"files cannot be given to user {wanted.UserId} and group {wanted.GroupId}: {Marshal.GetPInvokeErrorMessage(failure)}", failure);
        }

        return status;
    }

    /// <summary>Creates a folder that only its owner may enter.</summary>
    /// <returns>The error; zero when it was created.</returns>
    public static int TryMakeFolder(SafeFileHandle parent, ReadOnlySpan<byte> name) =>
        FileCalls.MakeFolderAt(parent, name, ModeBits.PrivateFolder) == 0 ? 0 : Marshal.GetLastPInvokeError();

    /// <summary>Creates a symbolic link.</summary>
    /// <returns>The error; zero when it was created.</returns>
    public static int TrySymbolicLink(ReadOnlySpan<byte> target, SafeFileHandle parent, ReadOnlySpan<byte> name) =>
        FileCalls.SymbolicLinkAt(target, parent, name) == 0 ? 0 : Marshal.GetLastPInvokeError();

    /// <summary>Gives a file another name; a symbolic link is not followed, it gets the name itself.</summary>
    /// <returns>The error; zero when it was created.</returns>
    public static int TryLink(SafeFileHandle oldParent, ReadOnlySpan<byte> oldName, SafeFileHandle newParent, ReadOnlySpan<byte> newName) =>
        FileCalls.LinkAt(oldParent, oldName, newParent, newName, 0) == 0 ? 0 : Marshal.GetLastPInvokeError();

    /// <summary>Moves the position of a file to a place counted from its start.</summary>
    public static void Seek(SafeFileHandle file, long offsetBytes)
    {
        if (FileCalls.Seek(file, offsetBytes, 0) < 0)
            throw Failure("seek in", default, Marshal.GetLastPInvokeError());
    }

    /// <summary>Removes a name.</summary>
    public static void Unlink(SafeFileHandle parent, ReadOnlySpan<byte> name, bool isFolder)
    {
        if (FileCalls.UnlinkAt(parent, name, isFolder ? FileCalls.RemoveDirectory : 0) != 0)
            throw Failure("remove", name, Marshal.GetLastPInvokeError());
    }

    /// <summary>The status of a name, not of what it links to; null when there is no such name.</summary>
    public static FileStatus? FindStatus(SafeFileHandle parent, ReadOnlySpan<byte> name)
    {
        if (FileCalls.StatusAt(parent, name, FileCalls.NoFollowAt, FileCalls.BasicStatus, out StatusBuffer status) == 0)
            return Convert(status);
        int error = Marshal.GetLastPInvokeError();
        return error == PosixError.NoEntry ? null : throw Failure("look at", name, error);
    }

    /// <summary>The status of an open file.</summary>
    public static FileStatus GetStatus(SafeFileHandle file)
    {
        Check(FileCalls.StatusAt(file, "\0"u8, FileCalls.EmptyPath, FileCalls.BasicStatus, out StatusBuffer status), "look at");
        return Convert(status);
    }

    /// <summary>Where a symbolic link points to; null when the name is not a symbolic link.</summary>
    public static byte[]? TryReadLink(SafeFileHandle parent, ReadOnlySpan<byte> name)
    {
        // The kernel keeps no longer ones.
        Span<byte> buffer = stackalloc byte[4096];
        nint length = FileCalls.ReadLinkAt(parent, name, buffer, buffer.Length);
        return length >= 0 ? buffer[..(int)length].ToArray() : null;
    }

    /// <summary>Reads from the position of a file.</summary>
    /// <returns>The bytes read; zero at the end.</returns>
    public static int Read(SafeFileHandle file, Span<byte> buffer)
    {
        while (true)
        {
            nint read = FileCalls.Read(file, buffer, buffer.Length);
            if (read >= 0)
                return (int)read;
            int error = Marshal.GetLastPInvokeError();
            if (error != PosixError.Interrupted)
                throw Failure("read", default, error);
        }
    }

    /// <summary>Writes all of it at the position of a file.</summary>
    public static void Write(SafeFileHandle file, ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            nint written = FileCalls.Write(file, bytes, bytes.Length);
            int error = written < 0 ? Marshal.GetLastPInvokeError() : 0;
            if (error is not (0 or PosixError.Interrupted))
                throw Failure("write", default, error);
            if (error == 0)
                bytes = bytes[(int)written..];
        }
    }

    /// <summary>Sets the modification time; the access time becomes the same, as nothing better is known.</summary>
    public static int SetTimes(SafeFileHandle file, TimeSpec modified) => FileCalls.SetTimes(file, [modified, modified]);

    /// <summary>Sets the modification time of a name, be it a symbolic link.</summary>
    public static int SetTimesOfName(SafeFileHandle parent, ReadOnlySpan<byte> name, TimeSpec modified) =>
        FileCalls.SetTimesAt(parent, name, [modified, modified], FileCalls.NoFollowAt);

    /// <summary>Whether an error is what file systems (and filters of system calls) say to a call that they do not have.</summary>
    public static bool IsUnsupported(int error) => error is PosixError.NotPermitted or PosixError.Invalid or PosixError.NotImplemented or PosixError.NotSupported;

    /// <summary>Throws for a call that failed.</summary>
    public static void Check(int result, string verb)
    {
        if (result < 0)
            throw Failure(verb, default, Marshal.GetLastPInvokeError());
    }

    /// <summary>An exception that says what could not be done, and the system's reason.</summary>
    public static FileSystemException Failure(string verb, ReadOnlySpan<byte> name, int error)
    {
        string what = name.IsEmpty ? "it" : $"'{FileName.ToDisplay(name)}'";
        return new FileSystemException($"cannot {verb} {what}: {Marshal.GetPInvokeErrorMessage(error)}", error);
    }

    private static SafeFileHandle? TryOpen(SafeFileHandle parent, ReadOnlySpan<byte> name, int flags, out int error, uint permissions = 0)
    {
        while (true)
        {
            int descriptor = FileCalls.OpenAt(parent, name, flags | FileCalls.CloseOnExec, permissions);
            error = descriptor < 0 ? Marshal.GetLastPInvokeError() : 0;
            if (error != PosixError.Interrupted)
                return error == 0 ? new SafeFileHandle(descriptor, ownsHandle: true) : null;
        }
    }

    private static FileStatus Convert(in StatusBuffer status) => new(
        (FileKind)(status.Mode >> 12),
        status.Mode & ModeBits.Mask,
        (long)status.SizeBytes,
        (long)status.Blocks * 512,
        status.LinkCount,
        new FileIdentity(((ulong)status.DeviceMajor << 32) | status.DeviceMinor, status.Inode),
        TimeSpec.Create(status.ModificationSeconds, (int)status.ModificationNanoseconds),
        new FileOwner(status.UserId, status.GroupId));
}

/// <summary>A system call failed. The message has no full stop, as it is put into a sentence.</summary>
/// <param name="message">What could not be done, and the system's reason.</param>
/// <param name="error">The error number of the system.</param>
internal sealed class FileSystemException(string message, int error) : IOException(message)
{
    /// <summary>The error number of the system.</summary>
    public int Error => error;

    /// <summary>Whether every archive would fail with it, as it does not depend on the names and sizes that were requested.</summary>
    private bool IsOfMachine => error is not (PosixError.NoEntry or PosixError.Exists or PosixError.CrossDevice or PosixError.NotAFolder
        or PosixError.IsAFolder or PosixError.Invalid or PosixError.FileTooLarge or PosixError.TooManyNames or PosixError.NameTooLong
        or PosixError.NotEmpty or PosixError.TooManyLinks or PosixError.Overflow or PosixError.IllegalBytes);

    /// <summary>The exception for the caller who archives or extracts.</summary>
    /// <param name="what">What does not happen because of it.</param>
    /// <param name="isOfMachine">Whether the cause is this machine, whatever the error.</param>
    public ArchiveException ToArchiveException(string what, bool isOfMachine = false) =>
        new($"{what}: {Message}.", this) { IsOfMachine = isOfMachine || IsOfMachine };
}
