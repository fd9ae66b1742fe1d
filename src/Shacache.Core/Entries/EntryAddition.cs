namespace Shacache.Core.Entries;

/// <summary>How an addition ended. Unless it is <see cref="KeyFull"/>, the entry is listed, and durable.</summary>
public enum EntryAddition
{
    /// <summary>The entry is new.</summary>
    Added,

    /// <summary>The identical pair was listed under this key before; nothing changed.</summary>
    AlreadyListed,

    /// <summary>The key has as many protected entries as it may have, and this one is not protected; nothing changed (<see cref="EntryLimit"/>).</summary>
    KeyFull,
}
