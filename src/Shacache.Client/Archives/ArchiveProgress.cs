namespace Shacache.Client.Archives;

/// <summary>How far an archiving or an extraction has come.</summary>
/// <param name="CompressedBytes">Bytes of the archive written or read so far.</param>
/// <param name="ContentBytes">Bytes of files read or written so far, without the holes of sparse files.</param>
/// <param name="Entries">Files, links and folders begun so far.</param>
public readonly record struct ArchiveProgress(long CompressedBytes, long ContentBytes, long Entries);
