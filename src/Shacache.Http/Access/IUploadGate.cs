using Microsoft.AspNetCore.Http;
using Shacache.Core.Blobs;
using Shacache.Core.Entries;
using Shacache.Http.Answers;

namespace Shacache.Http.Access;

/// <summary>Decides who may write into the cache. Every path by which a client writes goes through it.</summary>
internal interface IUploadGate
{
    /// <summary>Whether there are accounts.</summary>
    bool HasAccounts { get; }

    /// <summary>Whether an upload needs an account.</summary>
    bool NeedsAccount { get; }

    /// <summary>Decides about an upload of content, before its body is read.</summary>
    ValueTask<UploadPermit> AdmitUploadAsync(HttpContext context);

    /// <summary>Decides about an entry under a key, before its body is read.</summary>
    ValueTask<IndexPermit> AdmitIndexAsync(HttpContext context, EntryKey key);

    /// <summary>Records what the server itself fetched and listed for a client of its gateway.</summary>
    /// <param name="origin">Where it came from: scheme, host and path.</param>
    /// <param name="digest">What was stored.</param>
    /// <param name="lengthBytes">Its length.</param>
    /// <param name="key">The key that clients find it under; null when it was listed for none.</param>
    /// <param name="cancellationToken">Stops the wait.</param>
    ValueTask RecordFetchAsync(string origin, Digest digest, long lengthBytes, EntryKey? key, CancellationToken cancellationToken);

    /// <summary>Records that a URL was forgotten. Durable when it returns.</summary>
    /// <param name="context">The request that asked for it.</param>
    /// <param name="url">The URL, without secrets.</param>
    /// <param name="count">How many entries and listings were removed.</param>
    ValueTask RecordForgottenAsync(HttpContext context, string url, int count);
}

/// <summary>Decides who may ask what is not for every client.</summary>
internal interface IOperatorGate
{
    /// <summary>Who asks, when they may administer. Without accounts, callers on the server's own machine may.</summary>
    ValueTask<OperatorAdmission> AdmitAsync(HttpContext context);

    /// <summary>Why the caller may not administer; null when they may.</summary>
    async ValueTask<Problem?> FindRefusalAsync(HttpContext context) => (await AdmitAsync(context)).Refusal;

    /// <summary>Why the caller is no account in force; null when they are one. Without accounts, the same as <see cref="FindRefusalAsync"/>.</summary>
    ValueTask<Problem?> FindAccountRefusalAsync(HttpContext context);
}

/// <summary>What was decided about a caller that wants to administer.</summary>
/// <param name="Name">Who it is, as the audit log calls them.</param>
/// <param name="Refusal">Why they may not; null when they may.</param>
internal readonly record struct OperatorAdmission(string Name, Problem? Refusal);

/// <summary>Is told of what clients put here, before that is acknowledged. Registered by features that pass it on; there may be none.</summary>
internal interface IUploadObserver
{
    /// <param name="context">The upload.</param>
    /// <param name="digest">The content that was stored.</param>
    /// <param name="isNew">Whether it was not here before.</param>
    ValueTask OnStoredAsync(HttpContext context, Digest digest, bool isNew);

    /// <param name="context">The request.</param>
    /// <param name="key">The key that an entry was put under.</param>
    /// <param name="entry">The entry.</param>
    /// <param name="isNew">Whether it was not listed before.</param>
    ValueTask OnListedAsync(HttpContext context, EntryKey key, SignedEntry entry, bool isNew);
}
