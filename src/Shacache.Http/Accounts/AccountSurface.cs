using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Http;
using Shacache.Core.Accounts;
using Shacache.Core.Accounts.Documents;
using Shacache.Http.Errors;
using Shacache.Http.Surfaces;

namespace Shacache.Http.Accounts;

/// <summary>What uploaders ask below <c>/account</c> (docs/protocol.md, "Accounts").</summary>
internal sealed class AccountSurface(
    AccountAuthority authority, AccountGate gate, AccountEnrolment enrolment, IAccountStore accounts, DailyUse uses, RateLimits limits, TimeProvider time)
{
    private static readonly TimeSpan PollInterval = TimeSpan.FromSeconds(30);
    private static readonly string[] Methods = ["GET", "HEAD"];

    /// <summary>Answers a request.</summary>
    /// <returns>The number of body bytes that were sent.</returns>
    public async ValueTask<long> HandleAsync(HttpContext context, Route route)
    {
        if (!authority.IsOn)
            return await UploadRefusal.WriteAsync(context, AccountProblems.Off);
        string[] segments = PathSegments.Split(route.Segment);
        return segments switch
        {
            [] => await Allow(context, Methods) ?? await DescribeCallerAsync(context),
            ["request"] => await Allow(context, "POST") ?? await RequestAsync(context),
            ["renew"] => await Allow(context, "POST") ?? await RenewAsync(context),
            ["certificate", var key] => await Allow(context, Methods) ?? await FetchAsync(context, key),
            _ => await UploadRefusal.WriteAsync(context, ErrorMapping.UnknownPath),
        };
    }

    private static async ValueTask<long?> Allow(HttpContext context, params string[] methods)
    {
        if (methods.Contains(context.Request.Method, StringComparer.Ordinal))
            return null;
        string allow = string.Join(", ", methods);
        context.Response.Headers.Allow = allow;
        return await UploadRefusal.WriteAsync(context, ErrorMapping.MethodUnknown(context.Request.Method, allow));
    }

    private async ValueTask<long> DescribeCallerAsync(HttpContext context)
    {
        (Caller caller, Problem? refusal) = await gate.IdentifyUploaderAsync(context);
        if (refusal is { } problem)
            return await ErrorResponse.WriteAsync(context, problem);
        var today = DateOnly.FromDateTime(time.GetUtcNow().UtcDateTime);
        long used = caller.Name is null ? 0 : (await uses.AddAsync(caller.Name, today, 0, null, context.RequestAborted)).UsedBytes;
        var document = new CallerDocument(
            caller.Name?.Value, caller.By.ToString().ToLowerInvariant(), caller.Rights.ToDocument(), used, caller.ValidUntil);
        return await JsonExchange.WriteAsync(context, StatusCodes.Status200OK, document, AccountDocuments.Default.CallerDocument);
    }

    private async ValueTask<long> RequestAsync(HttpContext context)
    {
        if (limits.AccountRequests.Take(context.Connection.RemoteIpAddress) is { } wait)
            return await UploadRefusal.WriteAsync(context, AccountProblems.TooManyRequests(wait));
        string pem = await JsonExchange.ReadTextAsync(context, SigningRequest.MaxLength);
        AccountRequest request = await enrolment.RequestAsync(
            pem, ConnectionOrigin.Describe(context), ConnectionOrigin.DescribeNetwork(context), context.RequestAborted);
        return await WriteReceiptAsync(context, request);
    }

    private async ValueTask<long> FetchAsync(HttpContext context, string text)
    {
        if (!Fingerprint.TryParse(text, out Fingerprint? key))
            return await ErrorResponse.WriteAsync(context, AccountProblems.NoFingerprint);
        if (await accounts.FindRequestAsync(key, context.RequestAborted) is { } request)
            return await WriteReceiptAsync(context, request);
        return await accounts.FindCertificateByKeyAsync(key, context.RequestAborted) is { RevokedAt: null } certificate
            ? await JsonExchange.WritePemAsync(context, certificate.Pem)
            : await ErrorResponse.WriteAsync(context, AccountProblems.NoCertificate(key));
    }

    private async ValueTask<long> RenewAsync(HttpContext context)
    {
        (Caller caller, Problem? refusal) = await gate.IdentifyAccountAsync(context);
        if (refusal is { } problem)
            return await UploadRefusal.WriteAsync(context, problem);
        if (caller is not { By: CredentialKind.Certificate, Name: { } name })
            return await UploadRefusal.WriteAsync(context, AccountProblems.NeedsCertificate);
        // Each makes a certificate that is kept: an account is not to fill the disk with them.
        if (limits.AccountRequests.Take(name.Value) is { } wait)
            return await UploadRefusal.WriteAsync(context, AccountProblems.TooManyRenewals(wait));
        string pem = await JsonExchange.ReadTextAsync(context, SigningRequest.MaxLength);
        AccountCertificate renewed = await enrolment.RenewAsync(pem, name, ValidityOf(context.Connection.ClientCertificate), ConnectionOrigin.Describe(context), context.RequestAborted);
        return await JsonExchange.WritePemAsync(context, renewed.Pem);
    }

    /// <summary>For how long the operator wanted the certificate to be good: renewing it neither shortens nor stretches that.</summary>
    private static TimeSpan ValidityOf(X509Certificate2? certificate) => certificate is null
        ? CertificateAuthority.DefaultValidity
        : TimeSpan.FromDays(Math.Clamp(Math.Round((certificate.NotAfter - certificate.NotBefore).TotalDays), 1, AccountAdministration.MaxDays));

    private static ValueTask<long> WriteReceiptAsync(HttpContext context, AccountRequest request)
    {
        context.Response.Headers.RetryAfter = PollInterval.TotalSeconds.ToString("0");
        return JsonExchange.WriteAsync(context, StatusCodes.Status202Accepted, request.ToReceipt(), AccountDocuments.Default.ReceiptDocument);
    }
}
