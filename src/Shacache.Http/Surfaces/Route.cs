namespace Shacache.Http.Surfaces;

/// <summary>Where a request goes: a surface, and the part of the raw request target behind the surface's path and its slash.</summary>
/// <param name="Surface">What the path belongs to.</param>
/// <param name="Target">The raw request target.</param>
/// <param name="Start">Where the segment begins in it.</param>
/// <param name="Length">Length of the segment; 0 for the surface itself.</param>
internal readonly record struct Route(Surface Surface, string Target, int Start, int Length)
{
    /// <summary>The segment as it came over the wire, neither decoded nor normalised, without the query.</summary>
    public ReadOnlySpan<char> Segment => Target.AsSpan(Start, Length);
}
