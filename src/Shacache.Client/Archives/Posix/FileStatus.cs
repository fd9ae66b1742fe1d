using Shacache.Posix;

namespace Shacache.Client.Archives.Posix;

/// <summary>What is known about a file without reading it.</summary>
/// <param name="Kind">Its type.</param>
/// <param name="Permissions">The mode's lower twelve bits: permissions, set-uid, set-gid, sticky.</param>
/// <param name="SizeBytes">Its length.</param>
/// <param name="AllocatedBytes">What it takes up on disk; less than its length when it has holes.</param>
/// <param name="LinkCount">The number of its names.</param>
/// <param name="Identity">Equal for the names of one file.</param>
/// <param name="Modified">Last change of the content.</param>
/// <param name="Owner">Who owns it.</param>
internal readonly record struct FileStatus(
    FileKind Kind, uint Permissions, long SizeBytes, long AllocatedBytes, uint LinkCount, FileIdentity Identity, TimeSpec Modified, FileOwner Owner)
{
    /// <summary>Whether a file has the content that it had: a write in between changes at least one of these.</summary>
    /// <remarks>The time of the last change of attributes is not a sign: another hard link changes it, and a mode that is set to what it was.</remarks>
    public bool IsUnchangedSince(in FileStatus earlier) =>
        SizeBytes == earlier.SizeBytes && Modified == earlier.Modified && Identity == earlier.Identity;
}

/// <summary>The bits of a mode that are used here (inode(7)); C# has no octal numbers.</summary>
internal static class ModeBits
{
    /// <summary>07777: permissions, set-uid, set-gid, sticky.</summary>
    public const uint Mask = 0xfff;

    /// <summary>04000.</summary>
    public const uint SetUserId = 0x800;

    /// <summary>02000.</summary>
    public const uint SetGroupId = 0x400;

    /// <summary>0777: all permissions.</summary>
    public const uint All = 0x1ff;

    /// <summary>0755: a folder that all may read.</summary>
    public const uint PublicFolder = 0x1ed;

    /// <summary>0644: a file that all may read.</summary>
    public const uint PublicFile = 0x1a4;

    /// <summary>0700: a folder for its owner alone.</summary>
    public const uint PrivateFolder = 0x1c0;

    /// <summary>0600: a file for its owner alone.</summary>
    public const uint PrivateFile = 0x180;
}

/// <summary>The file type in the mode of an inode.</summary>
internal enum FileKind
{
    Fifo = 1,
    CharacterDevice = 2,
    Folder = 4,
    BlockDevice = 6,
    Regular = 8,
    SymbolicLink = 10,
    Socket = 12,
}

/// <summary>Device and inode: one file, whatever its names.</summary>
internal readonly record struct FileIdentity(ulong Device, ulong Inode);
