namespace Shacache.Http.Upstreams;

/// <summary>One of the upstreams that are asked side by side.</summary>
/// <param name="patience">Cancelled when it is not waited for any longer because it took too long.</param>
/// <param name="answer">What it will say.</param>
internal sealed class Contender(CancellationTokenSource patience, Task<UpstreamAnswer> answer)
{
    public CancellationTokenSource Patience { get; } = patience;

    public Task<UpstreamAnswer> Answer { get; } = answer;

    /// <summary>Whether another one was asked because this one did not begin.</summary>
    public bool IsSlow { get; set; }
}
