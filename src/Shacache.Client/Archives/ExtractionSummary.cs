namespace Shacache.Client.Archives;

/// <summary>What came out of an archive.</summary>
/// <param name="ContentBytes">Bytes of files that were written, without the holes of sparse files.</param>
/// <param name="Entries">Files, links and folders.</param>
public sealed record ExtractionSummary(long ContentBytes, long Entries);
