namespace Shacache.Client.Archives.Posix;

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
