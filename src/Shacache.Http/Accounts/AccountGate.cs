using Microsoft.AspNetCore.Http;
using Shacache.Core.Accounts;
using Shacache.Core.Blobs;
using Shacache.Core.Entries;
using Shacache.Http.Access;
using Shacache.Http.Accounts.Callers;
using Shacache.Http.Answers;
using Shacache.Http.Requests;

namespace Shacache.Http.Accounts;

/// <summary>Decides by accounts and their rights, once there is an authority; before that, only limits how often.</summary>
internal sealed class AccountGate(
    AccountAuthority authority,
    CallerAuthentication authentication,
    RateLimits limits,
    DailyUse uses,
    AuditTrail audit,
    AccountOptions options,
    TimeProvider time) : IUploadGate, IOperatorGate, IReadGate
{
    public bool HasAccounts => authority.IsOn;

    public bool NeedsAccount => authority.IsOn && !options.AllowAnonymousUpload;

    public async ValueTask<UploadPermit> AdmitUploadAsync(HttpContext context)
    {
        (Caller caller, Problem? refusal) = await AdmitAsync(context, static (rights, _) => rights.MayUpload ? null : AccountProblems.MayNotUpload, null);
        if (refusal is { } problem)
            return UploadPermit.Refuse(problem);
        if (!authority.IsOn)
            return UploadPermit.Open;

        ByteQuota? quota = caller.Name is null ? null : new ByteQuota(uses, caller.Name, caller.Rights.MaxBytesPerDay, time);
        if (quota?.MaxBytes is { } maxBytes && !await quota.TryTakeAsync(context.Request.ContentLength ?? 0, context.RequestAborted))
            return UploadPermit.Refuse(AccountProblems.QuotaUsedUp(maxBytes, quota.UntilMidnight));
        return new AccountUploadPermit(context, caller, quota, audit);
    }

    public async ValueTask<IndexPermit> AdmitIndexAsync(HttpContext context, EntryKey key)
    {
        (Caller caller, Problem? refusal) = await AdmitAsync(
            context, static (rights, key) => rights.MayIndex(key!) ? null : AccountProblems.MayNotIndex(key!, rights), key);
        if (refusal is { } problem)
            return IndexPermit.Refuse(problem);
        return authority.IsOn ? new AccountIndexPermit(context, caller, audit) : IndexPermit.Open;
    }

    public ValueTask RecordFetchAsync(string origin, Digest digest, long lengthBytes, EntryKey? key, CancellationToken cancellationToken) =>
        authority.IsOn ? audit.FetchedAsync(origin, digest, lengthBytes, key, cancellationToken) : ValueTask.CompletedTask;

    public async ValueTask RecordForgottenAsync(HttpContext context, string url, int count)
    {
        if (authority.IsOn)
            await audit.ForgottenAsync(context, (await authentication.IdentifyAsync(context)).Caller, url, count);
    }

    public async ValueTask<OperatorAdmission> AdmitAsync(HttpContext context)
    {
        if (!authority.IsOn)
            return OpenGate.Admit(context);
        (Caller caller, Problem? refusal) = await AdmitAdministratorAsync(context);
        return new OperatorAdmission(caller.Actor, refusal);
    }

    public async ValueTask<Problem?> FindAccountRefusalAsync(HttpContext context) =>
        authority.IsOn ? (await IdentifyAccountAsync(context)).Refusal : OpenGate.Admit(context).Refusal;

    public async ValueTask<Problem?> FindReadRefusalAsync(HttpContext context)
    {
        // Without the authority there is no account that could be in force.
        if (!authority.IsOn && !ConnectionOrigin.IsOperator(context))
            return AccountProblems.Off with { Status = StatusCodes.Status403Forbidden };
        Identification found = await authentication.IdentifyAsync(context);
        return found.Refusal is null && found.Caller.By == CredentialKind.None ? NeedsCredential(context, AccountProblems.NeedsReader) : found.Refusal;
    }

    /// <summary>Decides whether the caller may administer accounts.</summary>
    public async ValueTask<Identification> AdmitAdministratorAsync(HttpContext context)
    {
        Identification found = await IdentifyAccountAsync(context);
        return found.Refusal is null && !found.Caller.Rights.MayAdminister ? AccountProblems.MayNotAdminister : found;
    }

    /// <summary>Finds the account of a request that needs one, whatever it may do.</summary>
    public async ValueTask<Identification> IdentifyAccountAsync(HttpContext context)
    {
        Identification found = await authentication.IdentifyAsync(context);
        return found.Refusal is null && found.Caller.By == CredentialKind.None
            ? NeedsCredential(context, AccountProblems.NeedsCredential)
            : found;
    }

    /// <summary>The same; but where callers without an account may upload, such a caller is one of them.</summary>
    public async ValueTask<Identification> IdentifyUploaderAsync(HttpContext context)
    {
        if (NeedsAccount)
            return await IdentifyAccountAsync(context);
        Identification found = await authentication.IdentifyAsync(context);
        return found.Refusal is null && found.Caller.By == CredentialKind.None ? Caller.Anonymous with { Rights = AccountRights.Uploader } : found;
    }

    private static Problem NeedsCredential(HttpContext context, Problem problem) =>
        ConnectionOrigin.IsConfidential(context) ? problem : AccountProblems.NeedsHttps;

    private async ValueTask<Identification> AdmitAsync(HttpContext context, Func<AccountRights, EntryKey?, Problem?> findLacking, EntryKey? key)
    {
        Caller caller = Caller.Anonymous;
        if (authority.IsOn)
        {
            Identification found = await authentication.IdentifyAsync(context);
            if (found.Refusal is not null)
                return found;
            caller = found.Caller;
            if (caller.By == CredentialKind.None)
            {
                if (!options.AllowAnonymousUpload)
                    return NeedsCredential(context, AccountProblems.NeedsAccount);
            }
            else if (findLacking(caller.Rights, key) is { } lacking)
            {
                return lacking;
            }
        }

        TimeSpan? wait = (caller.Name is { } name ? limits.AccountUploads.Take(name.Value) : null) ??
            limits.AddressUploads.Take(context.Connection.RemoteIpAddress);
        return wait is { } toWait ? AccountProblems.TooManyUploads(toWait) : caller;
    }
}

/// <summary>A permit whose use is counted and recorded.</summary>
/// <param name="context">The request.</param>
/// <param name="caller">Who uploads.</param>
/// <param name="quota">What it counts against; null for a caller without an account.</param>
/// <param name="audit">Where it is recorded.</param>
internal sealed class AccountUploadPermit(HttpContext context, Caller caller, ByteQuota? quota, AuditTrail audit) : UploadPermit
{
    private bool _isComplete;

    // A declared length was taken from the quota before the body; without a quota the bytes are counted in the end.
    private bool IsMetered => quota?.MaxBytes is not null && context.Request.ContentLength is null;

    public override string? Account => caller.Name?.Value;

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

/// <summary>A permit whose use is recorded.</summary>
internal sealed class AccountIndexPermit(HttpContext context, Caller caller, AuditTrail audit) : IndexPermit
{
    public override bool IsKnown => caller.By != CredentialKind.None;

    public override AuditEntry Describe(EntryKey key, SignedEntry entry) => audit.Indexed(context, caller, key, entry);
}
