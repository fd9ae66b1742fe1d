using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Http;
using Shacache.Core.Accounts;
using Shacache.Core.Accounts.Documents;
using Shacache.Http.Accounts.Callers;
using Shacache.Http.Answers;
using Shacache.Http.Requests;
using Shacache.Http.Routing;

namespace Shacache.Http.Accounts;

/// <summary>What uploaders ask below <c>/account</c> (docs/protocol.md, "Accounts").</summary>
internal sealed class AccountEndpoint : IEndpoint
{
    public const string Path = "/account";

    private static readonly TimeSpan PollInterval = TimeSpan.FromSeconds(30);

    private readonly AccountAuthority _authority;
    private readonly AccountGate _gate;
    private readonly AccountEnrolment _enrolment;
    private readonly IAccountStore _accounts;
    private readonly DailyUse _uses;
    private readonly RateLimits _limits;
    private readonly TimeProvider _time;
    private readonly Operations _operations;

    public AccountEndpoint(
        AccountAuthority authority, AccountGate gate, AccountEnrolment enrolment, IAccountStore accounts, DailyUse uses, RateLimits limits, TimeProvider time)
    {
        _authority = authority;
        _gate = gate;
        _enrolment = enrolment;
        _accounts = accounts;
        _uses = uses;
        _limits = limits;
        _time = time;
        _operations = new Operations(
        [
            new("GET", "", DescribeCallerAsync),
            new("HEAD", "", DescribeCallerAsync),
            new("POST", "request", RequestAsync),
            new("POST", "renew", RenewAsync),
            new("GET", "certificate/*", FetchAsync),
            new("HEAD", "certificate/*", FetchAsync),
        ]);
    }

    public IEnumerable<Mount> Mounts => [Mount.Under(Path)];

    public string Surface => "account";

    public bool IsForWebPages(HttpRequest request, in Route route) => false;

    public ValueTask HandleAsync(HttpContext context, in Route route) =>
        _authority.IsOn ? _operations.HandleAsync(context, route) : UploadRefusal.WriteAsync(context, AccountProblems.Off);

    private async ValueTask DescribeCallerAsync(HttpContext context, string[] arguments)
    {
        (Caller caller, Problem? refusal) = await _gate.IdentifyUploaderAsync(context);
        if (refusal is { } problem)
        {
            await ErrorResponse.WriteAsync(context, problem);
            return;
        }

        var today = DateOnly.FromDateTime(_time.GetUtcNow().UtcDateTime);
        long used = caller.Name is null ? 0 : (await _uses.AddAsync(caller.Name, today, 0, null, context.RequestAborted)).UsedBytes;
        var document = new CallerDocument(
            caller.Name?.Value, caller.By.ToString().ToLowerInvariant(), caller.Rights.ToDocument(), used, caller.ValidUntil);
        await JsonAnswer.WriteAsync(context, StatusCodes.Status200OK, document, AccountDocuments.Default.CallerDocument);
    }

    private async ValueTask RequestAsync(HttpContext context, string[] arguments)
    {
        if (_limits.AccountRequests.Take(context.Connection.RemoteIpAddress) is { } wait)
        {
            await UploadRefusal.WriteAsync(context, AccountProblems.TooManyRequests(wait));
            return;
        }

        string pem = await BoundedBody.ReadTextAsync(context, SigningRequest.MaxLength);
        AccountRequest request = await _enrolment.RequestAsync(
            pem, ConnectionOrigin.Describe(context), ConnectionOrigin.DescribeNetwork(context), context.RequestAborted);
        await WriteReceiptAsync(context, request);
    }

    private async ValueTask FetchAsync(HttpContext context, string[] arguments)
    {
        if (!Fingerprint.TryParse(arguments[0], out Fingerprint? key))
        {
            await ErrorResponse.WriteAsync(context, AccountProblems.NoFingerprint);
            return;
        }

        if (await _accounts.FindRequestAsync(key, context.RequestAborted) is { } request)
        {
            await WriteReceiptAsync(context, request);
            return;
        }

        AccountCertificate? certificate = await _accounts.FindCertificateByKeyAsync(key, context.RequestAborted);
        await (certificate is { RevokedAt: null } ? JsonAnswer.WritePemAsync(context, certificate.Pem) : ErrorResponse.WriteAsync(context, AccountProblems.NoCertificate(key)));
    }

    private async ValueTask RenewAsync(HttpContext context, string[] arguments)
    {
        (Caller caller, Problem? refusal) = await _gate.IdentifyAccountAsync(context);
        if (refusal is { } problem)
        {
            await UploadRefusal.WriteAsync(context, problem);
            return;
        }

        if (caller is not { By: CredentialKind.Certificate, Name: { } name })
        {
            await UploadRefusal.WriteAsync(context, AccountProblems.NeedsCertificate);
            return;
        }

        // Each makes a certificate that is kept: an account is not to fill the disk with them.
        if (_limits.AccountRequests.Take(name.Value) is { } wait)
        {
            await UploadRefusal.WriteAsync(context, AccountProblems.TooManyRenewals(wait));
            return;
        }

        string pem = await BoundedBody.ReadTextAsync(context, SigningRequest.MaxLength);
        AccountCertificate renewed = await _enrolment.RenewAsync(pem, name, ValidityOf(context.Connection.ClientCertificate), ConnectionOrigin.Describe(context), context.RequestAborted);
        await JsonAnswer.WritePemAsync(context, renewed.Pem);
    }

    /// <summary>For how long the operator wanted the certificate to be good: renewing it neither shortens nor stretches that.</summary>
    private static TimeSpan ValidityOf(X509Certificate2? certificate) => certificate is null
        ? CertificateAuthority.DefaultValidity
        : TimeSpan.FromDays(Math.Clamp(Math.Round((certificate.NotAfter - certificate.NotBefore).TotalDays), 1, AccountAdministration.MaxDays));

    private static ValueTask WriteReceiptAsync(HttpContext context, AccountRequest request)
    {
        context.Response.Headers.RetryAfter = PollInterval.TotalSeconds.ToString("0");
        return JsonAnswer.WriteAsync(context, StatusCodes.Status202Accepted, request.ToReceipt(), AccountDocuments.Default.ReceiptDocument);
    }
}
