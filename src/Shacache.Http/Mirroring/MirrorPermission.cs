using System.Net;
using Microsoft.AspNetCore.Http;
using Shacache.Http.Accounts;
using Shacache.Http.Errors;

namespace Shacache.Http.Mirroring;

/// <summary>Decides who may make a cache ask its upstreams: an account that may administer; without accounts, whoever is on this machine.</summary>
internal sealed class MirrorPermission(AccountAuthority? authority = null, AccountGate? accounts = null)
{
    public async ValueTask<Problem?> FindRefusalAsync(HttpContext context)
    {
        if (authority is { IsOn: true } && accounts is not null)
            return (await accounts.AdmitAdministratorAsync(context)).Refusal;
        if (ConnectionOrigin.IsOperator(context))
            return null;
        return context.Connection.RemoteIpAddress is { } address && IPAddress.IsLoopback(ConnectionOrigin.Unmapped(address))
            ? null
            : MirrorProblems.NotHere;
    }
}
