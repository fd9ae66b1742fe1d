namespace Shacache.Client.Archives.Posix;

/// <summary>Device and inode: one file, whatever its names.</summary>
internal readonly record struct FileIdentity(ulong Device, ulong Inode);
