namespace Shacache.Client.Archives.Posix;

/// <summary>What is known about a file without reading it.</summary>
/// <param name="Kind">Its type.</param>
/// <param name="Permissions">The mode's lower twelve bits: permissions, set-uid, set-gid, sticky.</param>
/// <param name="SizeBytes">Its length.</param>
/// <param name="AllocatedBytes">What it takes up on disk; less than its length when it has holes.</param>
/// <param name="LinkCount">The number of its names.</param>
/// <param name="Identity">Equal for the names of one file.</param>
/// <param name="Modified">Last change of the content.</param>
/// <param name="Changed">Last change of content or attributes; nobody can set it back.</param>
internal readonly record struct FileStatus(
    FileKind Kind, uint Permissions, long SizeBytes, long AllocatedBytes, uint LinkCount, FileIdentity Identity, TimeSpec Modified, TimeSpec Changed)
{
    /// <summary>Whether a file is as it was: a content that changed in between changes at least one of these.</summary>
    public bool IsUnchangedSince(in FileStatus earlier) =>
        SizeBytes == earlier.SizeBytes && Modified == earlier.Modified && Changed == earlier.Changed && Identity == earlier.Identity;
}
