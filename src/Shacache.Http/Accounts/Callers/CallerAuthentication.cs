using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Primitives;
using Shacache.Http.Logging;
using Shacache.Http.Requests;

namespace Shacache.Http.Accounts.Callers;

/// <summary>Finds out who sent a request. Asked for each request that writes, administers, or reads what is not for everyone, and for no other.</summary>
internal sealed class CallerAuthentication(
    CertificateAuthentication certificates, TokenAuthentication tokens, RateLimits limits, ILogger<CallerAuthentication> logger)
{
    /// <summary>Identifies the caller. A header counts more than a certificate: it was added for this request, the certificate to the connection.</summary>
    public ValueTask<Identification> IdentifyAsync(HttpContext context)
    {
        if (ConnectionOrigin.IsOperator(context))
            return new ValueTask<Identification>(Caller.Operator);
        StringValues header = context.Request.Headers.Authorization;
        X509Certificate2? certificate = header.Count == 0 ? context.Features.Get<ITlsConnectionFeature>()?.ClientCertificate : null;
        return header.Count == 0 && certificate is null
            ? new ValueTask<Identification>(Caller.Anonymous)
            : IdentifyAsync(context, header, certificate);
    }

    private async ValueTask<Identification> IdentifyAsync(HttpContext context, StringValues header, X509Certificate2? certificate)
    {
        // Nothing that crossed the network in the clear is looked at, so that no client gets used to it.
        if (!ConnectionOrigin.IsConfidential(context))
            return AccountProblems.CredentialInTheClear;
        if (ConnectionOrigin.IsWebPage(context) && (certificate is not null || TokenAuthentication.IsAmbient(header.ToString())))
            return AccountProblems.WebPage;
        if (limits.BadCredentials.Look(context.Connection.RemoteIpAddress) is { } wait)
            return AccountProblems.TooManyBadCredentials(wait);

        Identification found = certificate is not null
            ? await certificates.IdentifyAsync(certificate, context.RequestAborted)
            : header is [{ } single]
                ? await tokens.IdentifyAsync(single, context.RequestAborted)
                : AccountProblems.UnknownScheme;
        if (found.Refusal is { } refusal)
        {
            limits.BadCredentials.Take(context.Connection.RemoteIpAddress);
            Log.CredentialRefused(logger, ConnectionOrigin.Describe(context), refusal.Line);
        }

        return found;
    }
}
