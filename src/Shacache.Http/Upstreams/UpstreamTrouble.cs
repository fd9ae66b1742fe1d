namespace Shacache.Http.Upstreams;

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
