namespace Shacache.Core.Entries;

/// <summary>How an addition ended. Unless it is <see cref="KeyFull"/>, the entry is listed, and durable.</summary>
public enum EntryAddition
{
    /// <summary>The entry is new.</summary>
    Added,

    /// <summary>The identical pair was listed under this key before; nothing changed.</summary>
    AlreadyListed,

    /// <summary>There is no room under the key, and not enough that may go; nothing changed (<see cref="EntryLimit"/>).</summary>
    KeyFull,
}
