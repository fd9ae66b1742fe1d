namespace Shacache.Client.Archives;

/// <summary>What went into an archive.</summary>
/// <param name="CompressedBytes">Length of the archive.</param>
/// <param name="ContentBytes">Bytes of files that were read, without the holes of sparse files.</param>
/// <param name="Entries">Files, links and folders.</param>
/// <param name="Warnings">One line for each thing that was left out: credentials; sockets, fifos and devices, which mean nothing on another machine; kinds of extended attributes.</param>
public sealed record ArchiveSummary(long CompressedBytes, long ContentBytes, long Entries, IReadOnlyList<string> Warnings);
