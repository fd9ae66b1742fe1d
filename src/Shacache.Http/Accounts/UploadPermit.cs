using Shacache.Core.Blobs;
using Shacache.Http.Errors;

namespace Shacache.Http.Accounts;

/// <summary>What was decided about an upload of content. To be disposed of: what was taken from a quota and not used is given back then.</summary>
internal class UploadPermit : IAsyncDisposable
{
    /// <summary>For whoever may upload without being known.</summary>
    public static readonly UploadPermit Open = new();

    /// <summary>Why nothing may be uploaded; null when it may.</summary>
    public Problem? Refusal { get; private init; }

    /// <summary>No permit.</summary>
    public static UploadPermit Refuse(Problem refusal) => new() { Refusal = refusal };

    /// <summary>The body, metered where that is needed.</summary>
    public virtual Stream Meter(Stream body) => body;

    /// <summary>To be called once the content is stored, before that is answered.</summary>
    public virtual ValueTask CompleteAsync(Digest digest, long lengthBytes) => ValueTask.CompletedTask;

    public virtual ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
