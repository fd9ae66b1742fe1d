using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Shacache.Core.Accounts;
using Shacache.Testing;

namespace Shacache.Core.Tests.Accounts;

/// <summary>Two authorities that all tests share, since their keys take a while to make, and requests.</summary>
internal static class Authorities
{
    private static readonly Lazy<CertificateAuthority> LazyOurs = new(() => CertificateAuthority.Create("Our cache", new ManualTimeProvider()));
    private static readonly Lazy<CertificateAuthority> LazyTwin = new(() => CertificateAuthority.Create("Our cache", new ManualTimeProvider()));

    public static CertificateAuthority Ours => LazyOurs.Value;

    /// <summary>Another one of the same name, as an attacker would make it.</summary>
    public static CertificateAuthority Twin => LazyTwin.Value;

    public static ClientCertificateJudge NewJudge(TimeProvider time) => ClientCertificateJudge.FromPem(Ours.Certificate.ExportCertificatePem(), time);

    /// <summary>A request with a new P-256 key.</summary>
    public static SigningRequest NewRequest(string subject = "CN=someone")
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return Parse(new CertificateRequest(subject, key, HashAlgorithmName.SHA256).CreateSigningRequestPem());
    }

    public static SigningRequest Parse(string pem)
    {
        Assert.True(SigningRequest.TryParse(pem, out SigningRequest? request, out string? problem), problem);
        return request;
    }
}
