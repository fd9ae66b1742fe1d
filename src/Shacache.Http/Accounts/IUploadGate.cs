using Microsoft.AspNetCore.Http;
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
}
