using Shacache.Core.Accounts;
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

    /// <summary>The line for the audit log, which the store writes together with the entry; null for none.</summary>
    public virtual AuditEntry? Describe(EntryKey key, SignedEntry entry) => null;
}
