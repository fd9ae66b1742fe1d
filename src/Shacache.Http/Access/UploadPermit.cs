using Shacache.Core.Accounts;
using Shacache.Core.Blobs;
using Shacache.Core.Entries;
using Shacache.Http.Answers;

namespace Shacache.Http.Access;

/// <summary>What was decided about an upload of content. To be disposed of: what was taken from a quota and not used is given back then.</summary>
internal class UploadPermit : IAsyncDisposable
{
    /// <summary>For clients that may upload without being known.</summary>
    public static readonly UploadPermit Open = new();

    /// <summary>Why nothing may be uploaded; null when it may.</summary>
    public Problem? Refusal { get; private init; }

    /// <summary>The name of the account that uploads; null when that is not known.</summary>
    public virtual string? Account => null;

    /// <summary>No permit.</summary>
    public static UploadPermit Refuse(Problem refusal) => new() { Refusal = refusal };

    /// <summary>The body, metered where that is needed.</summary>
    public virtual Stream Meter(Stream body) => body;

    /// <summary>To be called once the content is stored, before that is answered.</summary>
    public virtual ValueTask CompleteAsync(Digest digest, long lengthBytes) => ValueTask.CompletedTask;

    public virtual ValueTask DisposeAsync() => ValueTask.CompletedTask;
}

/// <summary>What was decided about putting an entry.</summary>
internal class IndexPermit
{
    /// <summary>For clients that may put entries without being known.</summary>
    public static readonly IndexPermit Open = new();

    /// <summary>Why nothing may be put; null when it may.</summary>
    public Problem? Refusal { get; private init; }

    /// <summary>Whether an account puts it, or the operator.</summary>
    public virtual bool IsKnown => false;

    /// <summary>No permit.</summary>
    public static IndexPermit Refuse(Problem refusal) => new() { Refusal = refusal };

    /// <summary>The line for the audit log, which the store writes together with the entry; null for none.</summary>
    public virtual AuditEntry? Describe(EntryKey key, SignedEntry entry) => null;
}
