namespace Shacache.Blobs.FileSystem;

/// <summary>Which file it is, in which state. Equal as long as nobody has written to it; a file that took its place has another one.</summary>
/// <param name="LengthBytes">Its length.</param>
/// <param name="Inode">Its number in the file system; zero where that is not known.</param>
/// <param name="Modified">When its bytes were last changed, as far as its writer tells the truth.</param>
/// <param name="Changed">When anything of it was last changed, which nobody can set back; zero where that is not known.</param>
internal readonly record struct FileIdentity(long LengthBytes, ulong Inode, Int128 Modified, Int128 Changed);
