using Shacache.Core.Entries;
using Shacache.Http.Errors;

namespace Shacache.Http.Accounts;

/// <summary>What was decided about putting an entry.</summary>
internal class IndexPermit
{
    /// <summary>For whoever may put entries without being known.</summary>
    public static readonly IndexPermit Open = new();

    /// <summary>Why nothing may be put; null when it may.</summary>
    public Problem? Refusal { get; private init; }

    /// <summary>No permit.</summary>
    public static IndexPermit Refuse(Problem refusal) => new() { Refusal = refusal };

    /// <summary>To be called beside the addition of the entry, and awaited before that is answered.</summary>
    public virtual ValueTask RecordAsync(EntryKey key, SignedEntry entry) => ValueTask.CompletedTask;
}
