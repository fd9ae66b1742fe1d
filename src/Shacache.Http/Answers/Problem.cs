namespace Shacache.Http.Answers;

/// <summary>An answer that is not a success: a status, and one line for the client.</summary>
/// <param name="Status">The status code, 4xx or 5xx.</param>
/// <param name="Line">What was wrong, without a line feed.</param>
/// <param name="RetryAfter">When it may be tried again; null for no such advice.</param>
internal readonly record struct Problem(int Status, string Line, TimeSpan? RetryAfter = null)
{
    /// <summary>What metrics call the refusal; null for what follows from the status.</summary>
    public string? Reason { get; init; }
}

/// <summary>Something is refused deep inside; the boundary of the request answers with the problem (<see cref="ErrorMapping.FromException"/>).</summary>
internal class RefusedException(Problem problem, Exception? inner = null) : Exception(problem.Line, inner)
{
    public Problem Problem { get; } = problem;
}
