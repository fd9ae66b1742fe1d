namespace Shacache.Client.Bundles;

/// <summary>What is known of a content in a bundle that is imported.</summary>
internal enum ContentState : byte
{
    Unknown,

    /// <summary>It is whole.</summary>
    Whole,

    /// <summary>It is whole, and an entry that may be imported names it.</summary>
    Needed,

    /// <summary>It cannot be used.</summary>
    Refused,
}
