using System.Net;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Shacache.Client.Tests.Servers;

/// <summary>A site's own CA, made in the test: it issues the server's certificate and those of clients.</summary>
internal sealed class TestAuthority : IDisposable
{
    private static readonly DateTimeOffset From = DateTimeOffset.UtcNow.AddDays(-1);
    private readonly X509Certificate2 _certificate;
    private int _serial;

    public TestAuthority(string name)
    {
        var request = new CertificateRequest($"CN={name}", ECDsa.Create(ECCurve.NamedCurves.nistP256), HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, false, 0, critical: true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        _certificate = request.CreateSelfSigned(From, From.AddYears(1));
    }

    public string Pem => _certificate.ExportCertificatePem();

    /// <summary>A server on 127.0.0.1 that asks for a certificate of this authority.</summary>
    public SslServerAuthenticationOptions ServerOptions(bool requireClient = true, string host = "127.0.0.1") => new()
    {
        ServerCertificate = Issue("server", request =>
        {
            var names = new SubjectAlternativeNameBuilder();
            if (IPAddress.TryParse(host, out IPAddress? address))
                names.AddIpAddress(address);
            else
                names.AddDnsName(host);
            request.CertificateExtensions.Add(names.Build());
        }),
        ClientCertificateRequired = true,
        CertificateChainPolicy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            RevocationMode = X509RevocationMode.NoCheck,
            CustomTrustStore = { _certificate },
        },
        RemoteCertificateValidationCallback = (_, certificate, _, errors) =>
            requireClient ? errors == SslPolicyErrors.None : certificate is null || errors == SslPolicyErrors.None,
    };

    public X509Certificate2 Issue(string name, Action<CertificateRequest>? extend = null)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        extend?.Invoke(request);
        using X509Certificate2 certificate = request.Create(_certificate, From, From.AddMonths(6), [1, (byte)Interlocked.Increment(ref _serial)]);
        using X509Certificate2 withKey = certificate.CopyWithPrivateKey(key);
        return X509CertificateLoader.LoadPkcs12(withKey.Export(X509ContentType.Pfx), null, X509KeyStorageFlags.Exportable);
    }

    public void Dispose() => _certificate.Dispose();
}
