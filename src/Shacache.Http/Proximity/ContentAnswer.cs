using Shacache.Http.Errors;

namespace Shacache.Http.Proximity;

/// <summary>What came of asking the upstreams for an object.</summary>
internal abstract record ContentAnswer
{
    private ContentAnswer()
    {
    }

    /// <summary>It comes.</summary>
    /// <param name="LengthBytes">Its length; null when the upstream did not say.</param>
    /// <param name="Upstream">The name of who sends it.</param>
    public sealed record Coming(long? LengthBytes, string Upstream) : ContentAnswer;

    /// <summary>It is stored.</summary>
    public sealed record Stored : ContentAnswer;

    /// <summary>Nobody has it.</summary>
    public sealed record Missing : ContentAnswer;

    /// <summary>Nobody who might have it can be asked, or what came is not what its name says.</summary>
    /// <param name="Problem">For the client.</param>
    /// <param name="TryAgain">Whether another transfer may go better at once.</param>
    public sealed record Failed(Problem Problem, bool TryAgain = false) : ContentAnswer;

    /// <summary>There is no room for it here: each client must be handed what comes as it comes.</summary>
    public sealed record NoRoom : ContentAnswer;
}
