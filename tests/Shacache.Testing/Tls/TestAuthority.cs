using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Shacache.Testing.Tls;

/// <summary>A certificate authority that lives as long as a test, with an intermediate one below it, for servers on loopback.</summary>
public sealed class TestAuthority : IDisposable
{
    private const string Server = "1.3.6.1.5.5.7.3.1";
    private static readonly DateTimeOffset Now = DateTimeOffset.UtcNow;
    private readonly X509Certificate2 _root;
    private readonly X509Certificate2 _intermediate;

    public TestAuthority()
    {
        _root = NewAuthority("CN=Test root", issuer: null);
        _intermediate = NewAuthority("CN=Test intermediate", _root);
    }

    public X509Certificate2 Root => _root;

    public string RootPem => _root.ExportCertificatePem() + "\n";

    public string IntermediatePem => _intermediate.ExportCertificatePem() + "\n";

    /// <summary>A certificate of a server on loopback, below the intermediate authority.</summary>
    /// <param name="key">The server's.</param>
    /// <param name="name">The server's.</param>
    /// <param name="begin">From now.</param>
    /// <param name="end">From now.</param>
    /// <param name="extend">Adds to it.</param>
    public X509Certificate2 Issue(
        AsymmetricAlgorithm key, string name, TimeSpan? begin = null, TimeSpan? end = null, Action<CertificateRequest>? extend = null)
    {
        ArgumentNullException.ThrowIfNull(key);
        CertificateRequest request = key is RSA rsa
            ? new CertificateRequest($"CN={name}", rsa, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)
            : new CertificateRequest($"CN={name}", (ECDsa)key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(Server)], true));
        extend?.Invoke(request);
        using ECDsa signer = _intermediate.GetECDsaPrivateKey()!;
        return request.Create(
            _intermediate.SubjectName, X509SignatureGenerator.CreateForECDsa(signer), Now + (begin ?? -TimeSpan.FromHours(1)),
            Now + (end ?? TimeSpan.FromDays(1)), RandomNumberGenerator.GetBytes(12));
    }

    /// <summary>Writes the chain to one file and the key, which only its owner may read, to another.</summary>
    public void WritePair(string name, string certificatePath, string keyPath, TimeSpan? end = null)
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using X509Certificate2 certificate = Issue(key, name, begin: end is null ? null : end - TimeSpan.FromDays(1), end);
        File.WriteAllText(certificatePath, certificate.ExportCertificatePem() + "\n" + IntermediatePem);
        WriteKey(keyPath, key.ExportPkcs8PrivateKeyPem());
    }

    public static void WriteKey(string path, string pem)
    {
        File.WriteAllText(path, pem + "\n");
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }

    public void Dispose()
    {
        _root.Dispose();
        _intermediate.Dispose();
    }

    private static X509Certificate2 NewAuthority(string subject, X509Certificate2? issuer)
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest(subject, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        if (issuer is null)
            return request.CreateSelfSigned(Now.AddDays(-10), Now.AddDays(10));
        using X509Certificate2 certificate = request.Create(issuer, Now.AddDays(-9), Now.AddDays(9), RandomNumberGenerator.GetBytes(12));
        return certificate.CopyWithPrivateKey(key);
    }
}
