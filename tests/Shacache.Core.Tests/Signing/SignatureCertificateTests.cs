using System.Security.Cryptography.X509Certificates;
using Shacache.Core.Signing;

namespace Shacache.Core.Tests.Signing;

public sealed class SignatureCertificateTests
{
    private static readonly DateTimeOffset Now = new(2026, 3, 4, 5, 6, 7, TimeSpan.Zero);

    [Fact]
    public void CreatePem_AnyKey_IsSelfSignedForAHundredYears()
    {
        using SigningKey key = SigningKey.Generate(2048);
        string pem = SignatureCertificate.CreatePem(key, "COMP-1234", Now);
        Assert.EndsWith("-----END CERTIFICATE-----\n", pem, StringComparison.Ordinal);

        using var certificate = X509Certificate2.CreateFromPem(pem);
        Assert.Equal("CN=COMP-1234", certificate.Subject);
        Assert.Equal("CN=COMP-1234", certificate.Issuer);
        Assert.Equal(Now.UtcDateTime, certificate.NotBefore.ToUniversalTime());
        Assert.Equal(Now.AddYears(100).UtcDateTime, certificate.NotAfter.ToUniversalTime());
        Assert.Equal("sha256RSA", certificate.SignatureAlgorithm.FriendlyName);
        Assert.False(certificate.Extensions.OfType<X509BasicConstraintsExtension>().Single().CertificateAuthority);
        Assert.True(key.IsTrustedBy(TrustedKeys.Parse(pem)));
    }

    [Theory]
    [InlineData("a, b=c + \"d\"")]
    [InlineData("#1")]
    [InlineData("é日本")]
    public void CreatePem_NameWithSpecialCharacters_IsOneCommonName(string name)
    {
        using SigningKey key = SigningKey.Generate(2048);
        using var certificate = X509Certificate2.CreateFromPem(SignatureCertificate.CreatePem(key, name, Now));
        Assert.Equal(name, Assert.Single(certificate.SubjectName.EnumerateRelativeDistinguishedNames()).GetSingleElementValue());
    }

    [Theory]
    [InlineData("")]
    [InlineData("  ")]
    [InlineData("a\nb")]
    [InlineData("12345678901234567890123456789012345678901234567890123456789012345")]
    public void CreatePem_BadName_IsRefused(string name)
    {
        using SigningKey key = SigningKey.Generate(2048);
        Assert.Throws<ArgumentException>(() => SignatureCertificate.CreatePem(key, name, Now));
    }
}
