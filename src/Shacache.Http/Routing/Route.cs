using Shacache.Http.Answers;

namespace Shacache.Http.Routing;

/// <summary>Where a request goes: an endpoint, and the part of the raw request target after the endpoint's path and its slash.</summary>
/// <param name="Endpoint">What answers it.</param>
/// <param name="Target">The raw request target.</param>
/// <param name="Start">Where the segment begins in it.</param>
/// <param name="Length">Length of the segment; 0 for the path itself.</param>
internal readonly record struct Route(IEndpoint Endpoint, string Target, int Start, int Length)
{
    /// <summary>How metrics call it.</summary>
    public RequestPlace Place { get; init; } = RequestPlace.Unknown;

    /// <summary>The segment as it came over the wire, neither decoded nor normalised, without the query.</summary>
    public ReadOnlySpan<char> Segment => Target.AsSpan(Start, Length);
}
