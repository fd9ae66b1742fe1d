using Microsoft.AspNetCore.Http;
using Shacache.Core.Blobs;

namespace Shacache.Http.Accounts;

/// <summary>A permit whose use is counted and recorded.</summary>
/// <param name="context">The request.</param>
/// <param name="caller">Who uploads.</param>
/// <param name="quota">What it counts against; null for whoever has no account.</param>
/// <param name="audit">Where it is recorded.</param>
internal sealed class AccountUploadPermit(HttpContext context, Caller caller, ByteQuota? quota, AuditTrail audit) : UploadPermit
{
    private bool _isComplete;

    // A declared length was taken from the quota before the body; without a quota the bytes are counted in the end.
    private bool IsMetered => quota?.MaxBytes is not null && context.Request.ContentLength is null;

    public override Stream Meter(Stream body) => IsMetered ? new MeteredStream(body, quota!) : body;

    public override async ValueTask CompleteAsync(Digest digest, long lengthBytes)
    {
        _isComplete = true;
        if (quota is { MaxBytes: null })
            await quota.TryTakeAsync(lengthBytes, CancellationToken.None);
        await audit.UploadedAsync(context, caller, digest, lengthBytes);
    }

    public override async ValueTask DisposeAsync()
    {
        if (!_isComplete && quota is not null)
            await quota.ReturnAsync();
        await base.DisposeAsync();
    }
}
