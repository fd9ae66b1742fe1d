namespace Shacache.Core.Blobs;

/// <summary>How much the index knows of.</summary>
/// <param name="Count">Number of blobs.</param>
/// <param name="LengthBytes">Their bytes together.</param>
public readonly record struct BlobTotals(long Count, long LengthBytes);
