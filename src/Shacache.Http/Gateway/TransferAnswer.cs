using Shacache.Http.Errors;

namespace Shacache.Http.Gateway;

/// <summary>How an origin answered, as soon as that is known.</summary>
internal abstract record TransferAnswer
{
    private TransferAnswer()
    {
    }

    /// <summary>The file comes.</summary>
    /// <param name="Metadata">What the origin says about it.</param>
    /// <param name="LengthBytes">Its length; null when the origin did not say.</param>
    public sealed record Coming(OriginMetadata Metadata, long? LengthBytes) : TransferAnswer;

    /// <summary>The stored copy is what the origin has.</summary>
    public sealed record Stored : TransferAnswer;

    /// <summary>Nothing comes.</summary>
    /// <param name="Problem">Why.</param>
    /// <param name="IsOriginDown">Whether an older copy is better than nothing.</param>
    public sealed record Failed(Problem Problem, bool IsOriginDown) : TransferAnswer;
}
