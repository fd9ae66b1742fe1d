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
    /// <param name="IsKept">Whether it will be there for the next client.</param>
    public sealed record Coming(OriginMetadata Metadata, long? LengthBytes, bool IsKept) : TransferAnswer
    {
        /// <summary>What the client is to be told about it (RFC 7234, 5.5); null for nothing.</summary>
        public string? Warning { get; init; }
    }

    /// <summary>The stored copy is what the origin has.</summary>
    public sealed record Stored : TransferAnswer;

    /// <summary>Nothing comes.</summary>
    /// <param name="Problem">Why.</param>
    /// <param name="IsOriginDown">Whether an older copy is better than nothing.</param>
    public sealed record Failed(Problem Problem, bool IsOriginDown) : TransferAnswer;
}
