using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Shacache.Core.Tests.Signing;

/// <summary>Certificates of kinds that the program itself never makes.</summary>
internal static class TestCertificates
{
    public static string Elliptic(string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return Pem(new CertificateRequest(name, key, HashAlgorithmName.SHA256), expired: false);
    }

    public static string Rsa(string name, RSA key, bool expired) =>
        Pem(new CertificateRequest(name, key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1), expired);

    private static string Pem(CertificateRequest request, bool expired)
    {
        var notBefore = new DateTimeOffset(2001, 1, 1, 0, 0, 0, TimeSpan.Zero);
        using X509Certificate2 certificate = request.CreateSelfSigned(notBefore, notBefore.AddYears(expired ? 1 : 1000));
        return certificate.ExportCertificatePem() + "\n";
    }
}
