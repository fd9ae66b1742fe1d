namespace Shacache.Http.Mirroring;

/// <summary>What a refresh did with a key.</summary>
internal enum RefreshOutcome
{
    /// <summary>It lists what it listed before.</summary>
    Unchanged,

    /// <summary>Other entries are listed.</summary>
    Updated,

    /// <summary>Nothing of it is listed any more, but what was put here.</summary>
    Removed,

    /// <summary>Upstreams could not be asked: what is known stays.</summary>
    Failed,
}
