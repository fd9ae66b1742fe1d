using System.Net;
using Microsoft.AspNetCore.Http;
using Shacache.Core.Blobs;
using Shacache.Core.Entries;
using Shacache.Http.Answers;
using Shacache.Http.Requests;

namespace Shacache.Http.Access;

/// <summary>The gates of a server without accounts: every client may write, and callers on this machine may administer.</summary>
internal sealed class OpenGate : IUploadGate, IOperatorGate
{
    private static readonly Problem NotHere = new(
        StatusCodes.Status403Forbidden,
        "This server has no accounts, so that this is accepted from its own machine only; ask there, or give it accounts ('shacache account init').");

    public bool HasAccounts => false;

    public bool NeedsAccount => false;

    public ValueTask<UploadPermit> AdmitUploadAsync(HttpContext context) => new(UploadPermit.Open);

    public ValueTask<IndexPermit> AdmitIndexAsync(HttpContext context, EntryKey key) => new(IndexPermit.Open);

    public ValueTask RecordFetchAsync(string origin, Digest digest, long lengthBytes, EntryKey? key, CancellationToken cancellationToken) =>
        ValueTask.CompletedTask;

    public ValueTask RecordForgottenAsync(HttpContext context, string url, int count) => ValueTask.CompletedTask;

    public ValueTask<Problem?> FindRefusalAsync(HttpContext context) => new(FindRefusal(context));

    public ValueTask<Problem?> FindAccountRefusalAsync(HttpContext context) => FindRefusalAsync(context);

    /// <summary>Why the caller may not administer; null for callers on this machine.</summary>
    public static Problem? FindRefusal(HttpContext context)
    {
        if (ConnectionOrigin.IsOperator(context))
            return null;
        return context.Connection.RemoteIpAddress is { } address && IPAddress.IsLoopback(ConnectionOrigin.Unmapped(address)) ? null : NotHere;
    }
}
