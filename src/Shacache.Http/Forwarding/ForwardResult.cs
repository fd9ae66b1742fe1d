namespace Shacache.Http.Forwarding;

/// <summary>How sending something to an upstream ended.</summary>
internal enum ForwardResult
{
    /// <summary>The upstream has it.</summary>
    Done,

    /// <summary>The upstream will never take it.</summary>
    Refused,

    /// <summary>The upstream failed on this; it may take other things.</summary>
    Failed,

    /// <summary>The upstream takes nothing now.</summary>
    Unavailable,
}
