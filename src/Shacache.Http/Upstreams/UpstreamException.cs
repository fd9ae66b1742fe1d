namespace Shacache.Http.Upstreams;

/// <summary>An upstream is of no use now. The message is for clients too: it names the upstream, and no address or secret.</summary>
internal sealed class UpstreamException(Upstream upstream, UpstreamTrouble trouble, string message, Exception? inner = null) : Exception(message, inner)
{
    public Upstream Upstream { get; } = upstream;

    public UpstreamTrouble Trouble { get; } = trouble;

    /// <summary>Whether it says something about the upstream's health. A refused connection costs nothing, and may succeed the next moment.</summary>
    public bool IsSignOfIllness { get; init; }
}
