using Microsoft.AspNetCore.Http;
using Shacache.Core.Accounts;
using Shacache.Core.Accounts.Documents;
using Shacache.Http.Access;
using Shacache.Http.Accounts.Callers;
using Shacache.Http.Answers;
using Shacache.Http.Requests;
using Shacache.Http.Routing;

namespace Shacache.Http.Accounts;

/// <summary>What administrators ask below <c>/admin</c> (docs/protocol.md, "Accounts"). Nothing is answered, not even that it is not there, before the caller is known.</summary>
internal sealed class AdminEndpoint : IEndpoint
{
    public const string Path = "/admin";

    /// <summary>The one thing that there is without accounts, too: what operators do is recorded.</summary>
    private const string LogPath = "log";

    private readonly AccountAuthority _authority;
    private readonly AccountGate _gate;
    private readonly AccountAdministration _administration;
    private readonly Operations _operations;

    public AdminEndpoint(AccountAuthority authority, AccountGate gate, AccountAdministration administration, AuditPages audit)
    {
        _authority = authority;
        _gate = gate;
        _administration = administration;
        _operations = new Operations(
        [
            new("GET", "requests", ListRequestsAsync),
            new("POST", "requests/*/approve", ApproveAsync),
            new("POST", "requests/*/reject", RejectAsync),
            new("GET", "accounts", ListAccountsAsync),
            new("GET", "accounts/*", FindAccountAsync),
            new("PUT", "accounts/*/rights", SetRightsAsync),
            new("POST", "accounts/*/revoke", RevokeAsync),
            new("POST", "accounts/*/tokens", AddTokenAsync),
            new("POST", "tokens/*/revoke", RevokeTokenAsync),
            new("POST", "certificates/*/revoke", RevokeCertificateAsync),
            new("GET", LogPath, (context, _) => audit.SendAsync(context)),
        ]);
    }

    public IEnumerable<Mount> Mounts => [Mount.Under(Path)];

    public string Surface => "admin";

    public bool IsForWebPages(HttpRequest request, in Route route) => false;

    public ValueTask HandleAsync(HttpContext context, in Route route) =>
        _authority.IsOn ? AdmitAsync(context, route)
        : route.Segment is LogPath && OpenGate.Admit(context).Refusal is null ? _operations.HandleAsync(context, route)
        : UploadRefusal.WriteAsync(context, AccountProblems.Off);

    private async ValueTask AdmitAsync(HttpContext context, Route route)
    {
        (Caller caller, Problem? refusal) = await _gate.AdmitAdministratorAsync(context);
        context.Features.Set(new Actor(caller.Actor, ConnectionOrigin.Describe(context)));
        await (refusal is { } problem ? UploadRefusal.WriteAsync(context, problem) : _operations.HandleAsync(context, route));
    }

    private static Fingerprint ParseFingerprint(string text) => Fingerprint.TryParse(text, out Fingerprint? fingerprint)
        ? fingerprint
        : throw new RefusedException(AccountProblems.Malformed("The path has no fingerprint where one belongs: 64 hexadecimal digits."));

    private static AccountName ParseName(string text) => AccountName.TryCreate(text, out AccountName? name, out string? problem)
        ? name
        : throw new RefusedException(AccountProblems.Malformed(problem));

    private static ValueTask WriteAsync(HttpContext context, AccountDocument account, bool isNew) => JsonAnswer.WriteAsync(
        context, isNew ? StatusCodes.Status201Created : StatusCodes.Status200OK, account, AccountDocuments.Default.AccountDocument);

    private async ValueTask ListRequestsAsync(HttpContext context, string[] arguments) => await JsonAnswer.WriteAsync(
        context,
        StatusCodes.Status200OK,
        await _administration.ListRequestsAsync(context.RequestAborted),
        AccountDocuments.Default.RequestListDocument);

    private async ValueTask ApproveAsync(HttpContext context, string[] arguments)
    {
        ApprovalDocument approval = await BoundedBody.ReadJsonAsync(context, AccountDocuments.Default.ApprovalDocument);
        AccountDocument account = await _administration.ApproveAsync(ParseFingerprint(arguments[0]), approval, Actor.Of(context), context.RequestAborted);
        await WriteAsync(context, account, isNew: true);
    }

    private async ValueTask RejectAsync(HttpContext context, string[] arguments)
    {
        await _administration.RejectAsync(ParseFingerprint(arguments[0]), Actor.Of(context), context.RequestAborted);
        context.Response.StatusCode = StatusCodes.Status204NoContent;
    }

    private async ValueTask ListAccountsAsync(HttpContext context, string[] arguments) => await JsonAnswer.WriteAsync(
        context, StatusCodes.Status200OK, await _administration.ListAsync(context.RequestAborted), AccountDocuments.Default.AccountListDocument);

    private async ValueTask FindAccountAsync(HttpContext context, string[] arguments) =>
        await WriteAsync(context, await _administration.FindAsync(ParseName(arguments[0]), context.RequestAborted), isNew: false);

    private async ValueTask SetRightsAsync(HttpContext context, string[] arguments)
    {
        RightsDocument rights = await BoundedBody.ReadJsonAsync(context, AccountDocuments.Default.RightsDocument);
        (AccountDocument account, bool isNew) = await _administration.SetRightsAsync(ParseName(arguments[0]), rights, Actor.Of(context), context.RequestAborted);
        await WriteAsync(context, account, isNew);
    }

    private async ValueTask RevokeAsync(HttpContext context, string[] arguments)
    {
        (AccountDocument account, bool isNew) = await _administration.RevokeAsync(ParseName(arguments[0]), Actor.Of(context), context.RequestAborted);
        await WriteAsync(context, account, isNew);
    }

    private async ValueTask AddTokenAsync(HttpContext context, string[] arguments)
    {
        TokenOrderDocument order = await BoundedBody.ReadJsonAsync(context, AccountDocuments.Default.TokenOrderDocument);
        NewTokenDocument token = await _administration.AddTokenAsync(ParseName(arguments[0]), order, Actor.Of(context), context.RequestAborted);
        await JsonAnswer.WriteAsync(context, StatusCodes.Status201Created, token, AccountDocuments.Default.NewTokenDocument);
    }

    private async ValueTask RevokeTokenAsync(HttpContext context, string[] arguments)
    {
        await _administration.RevokeTokenAsync(arguments[0], Actor.Of(context), context.RequestAborted);
        context.Response.StatusCode = StatusCodes.Status204NoContent;
    }

    private async ValueTask RevokeCertificateAsync(HttpContext context, string[] arguments)
    {
        await _administration.RevokeCertificateAsync(ParseFingerprint(arguments[0]), Actor.Of(context), context.RequestAborted);
        context.Response.StatusCode = StatusCodes.Status204NoContent;
    }
}
