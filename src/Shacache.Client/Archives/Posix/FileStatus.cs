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
    /// <remarks>The time of the last change of attributes is no sign: another hard link changes it, and a mode that is set to what it was.</remarks>
    public bool IsUnchangedSince(in FileStatus earlier) =>
        SizeBytes == earlier.SizeBytes && Modified == earlier.Modified && Identity == earlier.Identity;
}
