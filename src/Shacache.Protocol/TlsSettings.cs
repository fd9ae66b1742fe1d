using System.Net.Security;
using System.Security.Cryptography.X509Certificates;

namespace Shacache.Protocol;

/// <summary>The one way to make the TLS settings of a request, and of whatever else verifies a certificate.</summary>
/// <remarks>
/// A certificate is verified with what is at hand: the authorities, and what the other side sends along. Nothing is fetched from the
/// addresses that are written in it (issuers, revocation lists, OCSP): an attacker between the two chooses them, also when the
/// certificate turns out to be worthless, so they would lead to any address that this machine can reach. Nothing is stored either.
/// A server must therefore send its intermediate certificates, as RFC 8446, 4.4.2 says.
/// </remarks>
public static class TlsSettings
{
    /// <summary>Settings of a client.</summary>
    /// <param name="authorities">Whose certificates are trusted, and no others; null for the authorities of the system.</param>
    public static SslClientAuthenticationOptions CreateForClient(X509Certificate2Collection? authorities = null)
    {
#pragma warning disable RS0030 // Here they are made as all the others have to be.
        return new SslClientAuthenticationOptions { CertificateChainPolicy = CreateChainPolicy(authorities) };
#pragma warning restore RS0030
    }

    /// <summary>The same settings for one host, whose name its certificate must have.</summary>
    public static SslClientAuthenticationOptions ForHost(SslClientAuthenticationOptions settings, string host)
    {
        ArgumentNullException.ThrowIfNull(settings);
#pragma warning disable RS0030
        return new SslClientAuthenticationOptions
        {
            TargetHost = host,
            AllowRenegotiation = settings.AllowRenegotiation,
            AllowTlsResume = settings.AllowTlsResume,
            CertificateChainPolicy = settings.CertificateChainPolicy,
            CertificateRevocationCheckMode = settings.CertificateRevocationCheckMode,
            CipherSuitesPolicy = settings.CipherSuitesPolicy,
            ClientCertificateContext = settings.ClientCertificateContext,
            ClientCertificates = settings.ClientCertificates,
            EnabledSslProtocols = settings.EnabledSslProtocols,
            EncryptionPolicy = settings.EncryptionPolicy,
            LocalCertificateSelectionCallback = settings.LocalCertificateSelectionCallback,
            RemoteCertificateValidationCallback = settings.RemoteCertificateValidationCallback,
        };
#pragma warning restore RS0030
    }

    /// <summary>How a chain of certificates is built and verified.</summary>
    /// <param name="authorities">Whose certificates are trusted, and no others; null for the authorities of the system.</param>
    public static X509ChainPolicy CreateChainPolicy(X509Certificate2Collection? authorities)
    {
#pragma warning disable RS0030
        var policy = new X509ChainPolicy { RevocationMode = X509RevocationMode.NoCheck, DisableCertificateDownloads = true };
#pragma warning restore RS0030
        if (authorities is not null)
        {
            policy.TrustMode = X509ChainTrustMode.CustomRootTrust;
            policy.CustomTrustStore.AddRange(authorities);
        }

        return policy;
    }
}

/// <summary>TLS settings that hold for some servers only: a certificate that others must not see, or authorities that are trusted for no others.</summary>
/// <param name="load">Makes the settings; called once, when the first of these servers is asked.</param>
/// <param name="hasCertificate">Whether a client certificate is shown.</param>
/// <param name="hosts">The hosts of these servers; null for the server of each request's own URL.</param>
public sealed class TlsScope(Func<SslClientAuthenticationOptions> load, bool hasCertificate, IReadOnlySet<string>? hosts = null)
{
    private readonly Lazy<SslClientAuthenticationOptions> _settings = new(load);

    internal SslClientAuthenticationOptions Settings => _settings.Value;

    /// <summary>Whether the settings hold for a request to a URL.</summary>
    /// <param name="first">The URL of the request.</param>
    /// <param name="url">That to which it was redirected.</param>
    internal bool Covers(Uri first, Uri url) =>
        url.Scheme == Uri.UriSchemeHttps && (hosts is null ? Redirects.IsSameServer(first, url) : hosts.Contains(url.Host));

    /// <summary>Whether the server at a URL gets to see the certificate.</summary>
    /// <inheritdoc cref="Covers" path="/param"/>
    internal bool ShowsCertificate(Uri first, Uri url) => hasCertificate && Covers(first, url);
}
