using Microsoft.AspNetCore.Http;
using Shacache.Core.Blobs;
using Shacache.Core.Entries;

namespace Shacache.Http.Accounts;

/// <summary>Decides who may write into the cache. Every path by which somebody outside writes goes through it.</summary>
internal interface IUploadGate
{
    /// <summary>Whether an upload needs an account.</summary>
    bool NeedsAccount { get; }

    /// <summary>Decides about an upload of content, before its body is read.</summary>
    ValueTask<UploadPermit> AdmitUploadAsync(HttpContext context);

    /// <summary>Decides about an entry under a key, before its body is read.</summary>
    ValueTask<IndexPermit> AdmitIndexAsync(HttpContext context, EntryKey key);

    /// <summary>Records what the server itself fetched and listed, since somebody asked its gateway for it.</summary>
    /// <param name="origin">Where it came from: scheme, host and path.</param>
    /// <param name="digest">What was stored.</param>
    /// <param name="lengthBytes">Its length.</param>
    /// <param name="key">The key that clients find it under; null when it was listed for none.</param>
    /// <param name="cancellationToken">Stops the wait.</param>
    ValueTask RecordFetchAsync(string origin, Digest digest, long lengthBytes, EntryKey? key, CancellationToken cancellationToken);

    /// <summary>Records that a URL was forgotten. Durable when it returns.</summary>
    /// <param name="context">The request of whoever wanted that.</param>
    /// <param name="url">The URL, without secrets.</param>
    /// <param name="count">How many entries and listings went.</param>
    ValueTask RecordForgottenAsync(HttpContext context, string url, int count);
}
