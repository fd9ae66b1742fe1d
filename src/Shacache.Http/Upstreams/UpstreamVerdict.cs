namespace Shacache.Http.Upstreams;

/// <summary>What came of asking the upstreams.</summary>
internal abstract record UpstreamVerdict
{
    private UpstreamVerdict()
    {
    }

    /// <summary>One has it.</summary>
    /// <param name="Answer">To be disposed.</param>
    public sealed record Found(UpstreamAnswer Answer) : UpstreamVerdict;

    /// <summary>Each of them answered, and none has it.</summary>
    public sealed record Missing : UpstreamVerdict;

    /// <summary>None has it as far as is known, and one that might have it did not answer.</summary>
    /// <param name="Failure">The first failure.</param>
    public sealed record Failed(UpstreamException Failure) : UpstreamVerdict;
}
