namespace Shacache.Http.Upstreams;

/// <summary>An upstream is of no use now. The message is for clients too: it names the upstream, and no address or secret.</summary>
internal sealed class UpstreamException(Upstream upstream, UpstreamTrouble trouble, string message, Exception? inner = null) : Exception(message, inner)
{
    public Upstream Upstream { get; } = upstream;

    public UpstreamTrouble Trouble { get; } = trouble;

    /// <summary>Whether it says something about the upstream's health. A refused connection costs nothing, and may succeed the next moment.</summary>
    public bool IsSignOfIllness { get; init; }
}

/// <summary>Why an upstream gave no answer that can be used. Its names are values of metrics.</summary>
internal enum UpstreamTrouble
{
    /// <summary>It answered something else than asked for.</summary>
    BadAnswer,

    /// <summary>It cannot be connected to, or it broke off.</summary>
    Unreachable,

    /// <summary>It took too long.</summary>
    TimedOut,

    /// <summary>It failed so often of late that it is left alone for a while.</summary>
    LeftAlone,

    /// <summary>Its content is not what its name says.</summary>
    Corrupt,
}
