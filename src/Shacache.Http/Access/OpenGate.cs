using System.Net;
using Microsoft.AspNetCore.Http;
using Shacache.Core.Accounts;
using Shacache.Core.Blobs;
using Shacache.Core.Entries;
using Shacache.Http.Answers;
using Shacache.Http.Requests;

namespace Shacache.Http.Access;

/// <summary>The gates of a server without accounts: every client may write, and callers on this machine may administer.</summary>
internal sealed class OpenGate : IUploadGate, IOperatorGate, IReadGate
{
    private static readonly Problem NotHere = new(
        StatusCodes.Status403Forbidden,
        "This server has no accounts, so that this is accepted from its own machine only; ask there, or give it accounts ('shacache account init').")
    {
        Reason = "not-here",
    };

    private static readonly Problem NoReaders = new(
        StatusCodes.Status403Forbidden, "Reading needs an account here (read-access), and this server has none; its operator makes them ('shacache account init').");

    public bool HasAccounts => false;

    public bool NeedsAccount => false;

    public ValueTask<UploadPermit> AdmitUploadAsync(HttpContext context) => new(UploadPermit.Open);

    public ValueTask<IndexPermit> AdmitIndexAsync(HttpContext context, EntryKey key) => new(IndexPermit.Open);

    public ValueTask RecordFetchAsync(string origin, Digest digest, long lengthBytes, EntryKey? key, CancellationToken cancellationToken) =>
        ValueTask.CompletedTask;

    public ValueTask RecordForgottenAsync(HttpContext context, string url, int count) => ValueTask.CompletedTask;

    public ValueTask<OperatorAdmission> AdmitAsync(HttpContext context) => new(Admit(context));

    public ValueTask<Problem?> FindAccountRefusalAsync(HttpContext context) => new(Admit(context).Refusal);

    public ValueTask<Problem?> FindReadRefusalAsync(HttpContext context) => new(ConnectionOrigin.IsOperator(context) ? null : NoReaders);

    /// <summary>Admits callers on this machine.</summary>
    public static OperatorAdmission Admit(HttpContext context)
    {
        bool isHere = ConnectionOrigin.IsOperator(context) ||
            (context.Connection.RemoteIpAddress is { } address && IPAddress.IsLoopback(ConnectionOrigin.Unmapped(address)));
        return isHere ? new OperatorAdmission(AuditEntry.Operator, null) : new OperatorAdmission(AuditEntry.Anonymous, NotHere);
    }
}
