using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Shacache.Client.Tests.Servers;

/// <summary>Signature keys as nodes have them: a private key in PEM, and a self-signed certificate around its public half.</summary>
internal sealed record TestKeys(string PrivateKeyPem, string CertificatePem)
{
    /// <summary>Made once: an RSA key takes a while.</summary>
    public static TestKeys First { get; } = Create("COMP-1");

    public static TestKeys Second { get; } = Create("COMP-2");

    private static TestKeys Create(string name)
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        using X509Certificate2 certificate = request.CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddDays(1));
        return new TestKeys(key.ExportPkcs8PrivateKeyPem(), certificate.ExportCertificatePem());
    }
}
