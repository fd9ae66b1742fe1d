using Shacache.Http.Accounts.Callers;
using Shacache.Http.Tls;

namespace Shacache.Http.Metrics;

/// <summary>When the certificates of the server end.</summary>
internal sealed class CertificateDates(TimeProvider time, ServerCertificate? server = null, AccountAuthority? authority = null)
{
    /// <summary>Those that are in use: <c>server</c>, that of TLS, and <c>account-ca</c>, the authority of the accounts.</summary>
    public IEnumerable<CertificateDate> Find()
    {
        if (server is not null)
            yield return Date("server", server.EndsAt);
        if (authority?.EndsAt is { } end)
            yield return Date("account-ca", end);
    }

    private CertificateDate Date(string name, DateTimeOffset end) => new(name, end, end - time.GetUtcNow());
}

/// <summary>When a certificate ends.</summary>
/// <param name="Name">Which it is, as metrics call it.</param>
/// <param name="EndsAt">When that is.</param>
/// <param name="Remaining">How long it is until then; negative afterwards.</param>
internal readonly record struct CertificateDate(string Name, DateTimeOffset EndsAt, TimeSpan Remaining);
