namespace Shacache.Core.Entries;

/// <summary>How an addition ended. Both values mean that the entry is listed, and durable.</summary>
public enum EntryAddition
{
    /// <summary>The entry is new.</summary>
    Added,

    /// <summary>The identical pair was listed under this key before; nothing changed.</summary>
    AlreadyListed,
}
