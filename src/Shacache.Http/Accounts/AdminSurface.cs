using Microsoft.AspNetCore.Http;
using Shacache.Core.Accounts;
using Shacache.Core.Accounts.Documents;
using Shacache.Http.Errors;
using Shacache.Http.Surfaces;

namespace Shacache.Http.Accounts;

/// <summary>What whoever administers asks below <c>/admin</c> (docs/protocol.md, "Accounts"). Nothing is answered, not even that it is not there, before the caller is known.</summary>
internal sealed class AdminSurface
{
    private readonly AccountAuthority _authority;
    private readonly AccountGate _gate;
    private readonly AccountAdministration _administration;
    private readonly AdminRoute[] _routes;

    public AdminSurface(AccountAuthority authority, AccountGate gate, AccountAdministration administration, AuditPages audit)
    {
        _authority = authority;
        _gate = gate;
        _administration = administration;
        _routes =
        [
            new("GET", ["requests"], ListRequestsAsync),
            new("POST", ["requests", null, "approve"], ApproveAsync),
            new("POST", ["requests", null, "reject"], RejectAsync),
            new("GET", ["accounts"], ListAccountsAsync),
            new("GET", ["accounts", null], FindAccountAsync),
            new("PUT", ["accounts", null, "rights"], SetRightsAsync),
            new("POST", ["accounts", null, "revoke"], RevokeAsync),
            new("POST", ["accounts", null, "tokens"], AddTokenAsync),
            new("POST", ["tokens", null, "revoke"], RevokeTokenAsync),
            new("POST", ["certificates", null, "revoke"], RevokeCertificateAsync),
            new("GET", ["log"], (context, _, _) => audit.SendAsync(context)),
        ];
    }

    /// <summary>Answers a request.</summary>
    /// <returns>The number of body bytes that were sent.</returns>
    public async ValueTask<long> HandleAsync(HttpContext context, Route route)
    {
        if (!_authority.IsOn)
            return await UploadRefusal.WriteAsync(context, AccountProblems.Off);
        (Caller caller, Problem? refusal) = await _gate.AdmitAdministratorAsync(context);
        if (refusal is { } problem)
            return await UploadRefusal.WriteAsync(context, problem);

        string[] segments = PathSegments.Split(route.Segment);
        AdminRoute[] found = [.. _routes.Where(one => one.Matches(segments))];
        if (found.Length == 0)
            return await UploadRefusal.WriteAsync(context, ErrorMapping.UnknownPath);
        string method = context.Request.Method;
        if (found.FirstOrDefault(one => one.Method == method) is { } match)
            return await match.Handle(context, new AccountActor(caller.Actor, ConnectionOrigin.Describe(context)), match.Arguments(segments));
        string allow = string.Join(", ", found.Select(one => one.Method));
        context.Response.Headers.Allow = allow;
        return await UploadRefusal.WriteAsync(context, ErrorMapping.MethodUnknown(method, allow));
    }

    private static Fingerprint ParseFingerprint(string text) => Fingerprint.TryParse(text, out Fingerprint? fingerprint)
        ? fingerprint
        : throw new AccountRefusedException(AccountRefusal.Malformed, "The path has no fingerprint where one belongs: 64 hexadecimal digits.");

    private static AccountName ParseName(string text) => AccountName.TryCreate(text, out AccountName? name, out string? problem)
        ? name
        : throw new AccountRefusedException(AccountRefusal.Malformed, problem);

    private static ValueTask<long> WriteAsync(HttpContext context, AccountDocument account, bool isNew) => JsonExchange.WriteAsync(
        context, isNew ? StatusCodes.Status201Created : StatusCodes.Status200OK, account, AccountDocuments.Default.AccountDocument);

    private async ValueTask<long> ListRequestsAsync(HttpContext context, AccountActor actor, string[] arguments) => await JsonExchange.WriteAsync(
        context,
        StatusCodes.Status200OK,
        await _administration.ListRequestsAsync(context.RequestAborted),
        AccountDocuments.Default.RequestListDocument);

    private async ValueTask<long> ApproveAsync(HttpContext context, AccountActor actor, string[] arguments)
    {
        ApprovalDocument approval = await JsonExchange.ReadAsync(context, AccountDocuments.Default.ApprovalDocument);
        AccountDocument account = await _administration.ApproveAsync(ParseFingerprint(arguments[0]), approval, actor, context.RequestAborted);
        return await WriteAsync(context, account, isNew: true);
    }

    private async ValueTask<long> RejectAsync(HttpContext context, AccountActor actor, string[] arguments)
    {
        await _administration.RejectAsync(ParseFingerprint(arguments[0]), actor, context.RequestAborted);
        return await JsonExchange.WriteNothing(context);
    }

    private async ValueTask<long> ListAccountsAsync(HttpContext context, AccountActor actor, string[] arguments) => await JsonExchange.WriteAsync(
        context, StatusCodes.Status200OK, await _administration.ListAsync(context.RequestAborted), AccountDocuments.Default.AccountListDocument);

    private async ValueTask<long> FindAccountAsync(HttpContext context, AccountActor actor, string[] arguments) =>
        await WriteAsync(context, await _administration.FindAsync(ParseName(arguments[0]), context.RequestAborted), isNew: false);

    private async ValueTask<long> SetRightsAsync(HttpContext context, AccountActor actor, string[] arguments)
    {
        RightsDocument rights = await JsonExchange.ReadAsync(context, AccountDocuments.Default.RightsDocument);
        (AccountDocument account, bool isNew) = await _administration.SetRightsAsync(ParseName(arguments[0]), rights, actor, context.RequestAborted);
        return await WriteAsync(context, account, isNew);
    }

    private async ValueTask<long> RevokeAsync(HttpContext context, AccountActor actor, string[] arguments)
    {
        (AccountDocument account, bool isNew) = await _administration.RevokeAsync(ParseName(arguments[0]), actor, context.RequestAborted);
        return await WriteAsync(context, account, isNew);
    }

    private async ValueTask<long> AddTokenAsync(HttpContext context, AccountActor actor, string[] arguments)
    {
        TokenOrderDocument order = await JsonExchange.ReadAsync(context, AccountDocuments.Default.TokenOrderDocument);
        NewTokenDocument token = await _administration.AddTokenAsync(ParseName(arguments[0]), order, actor, context.RequestAborted);
        return await JsonExchange.WriteAsync(context, StatusCodes.Status201Created, token, AccountDocuments.Default.NewTokenDocument);
    }

    private async ValueTask<long> RevokeTokenAsync(HttpContext context, AccountActor actor, string[] arguments)
    {
        await _administration.RevokeTokenAsync(arguments[0], actor, context.RequestAborted);
        return await JsonExchange.WriteNothing(context);
    }

    private async ValueTask<long> RevokeCertificateAsync(HttpContext context, AccountActor actor, string[] arguments)
    {
        await _administration.RevokeCertificateAsync(ParseFingerprint(arguments[0]), actor, context.RequestAborted);
        return await JsonExchange.WriteNothing(context);
    }
}
