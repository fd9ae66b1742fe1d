namespace Shacache.Client.Archives.Tar;

/// <summary>A part of a sparse file that holds data.</summary>
/// <param name="OffsetBytes">Where it begins.</param>
/// <param name="LengthBytes">Its length.</param>
internal readonly record struct SparseExtent(long OffsetBytes, long LengthBytes);
