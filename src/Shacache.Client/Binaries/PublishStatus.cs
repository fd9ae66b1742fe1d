namespace Shacache.Client.Binaries;

/// <summary>How a publication ended.</summary>
public enum PublishStatus
{
    /// <summary>The release is stored and listed.</summary>
    Published,

    /// <summary>This machine's entry for this very archive is what others find already: nothing was sent.</summary>
    AlreadyPublished,

    /// <summary>The upload blacklist has the URL. Nothing was read.</summary>
    Blacklisted,

    /// <summary>The folder holds a file <c>.shared</c>. Nothing was read.</summary>
    Shared,
}
