using Microsoft.AspNetCore.Http;
using Shacache.Core.Blobs;
using Shacache.Core.Entries;

namespace Shacache.Http.Accounts;

/// <summary>The gate of a server that knows no accounts: whoever can connect may write.</summary>
internal sealed class OpenGate : IUploadGate
{
    public bool NeedsAccount => false;

    public ValueTask<UploadPermit> AdmitUploadAsync(HttpContext context) => new(UploadPermit.Open);

    public ValueTask<IndexPermit> AdmitIndexAsync(HttpContext context, EntryKey key) => new(IndexPermit.Open);

    public ValueTask RecordFetchAsync(string origin, Digest digest, long lengthBytes, EntryKey? key, CancellationToken cancellationToken) =>
        ValueTask.CompletedTask;

    public ValueTask RecordForgottenAsync(HttpContext context, string url, int count) => ValueTask.CompletedTask;
}
