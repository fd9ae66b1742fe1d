using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Shacache.Core.Accounts;

namespace Shacache.Core.Tests.Accounts;

/// <summary>Certificates for the server itself; that TLS clients accept them is tested with the program.</summary>
public sealed class ServerCertificateTests : IDisposable
{
    private readonly CertificateAuthority _authority = CertificateAuthority.Create("Test", TimeProvider.System);
    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    public void Dispose()
    {
        _authority.Dispose();
        _key.Dispose();
    }

    [Fact]
    public void IssueServer_NamesAndAddresses_AreAllInIt()
    {
        using X509Certificate2 certificate = X509Certificate2.CreateFromPem(Issue("cache.example", "*.cache.example", "192.0.2.7", "2001:db8::7"));

        Assert.Equal("CN=cache.example", certificate.Subject);
        Assert.Equal(_authority.Certificate.Subject, certificate.Issuer);
        Assert.True(certificate.MatchesHostname("cache.example"));
        Assert.True(certificate.MatchesHostname("near.cache.example"));
        Assert.True(certificate.MatchesHostname("192.0.2.7"));
        Assert.True(certificate.MatchesHostname("2001:db8::7"));
        Assert.False(certificate.MatchesHostname("other.example"));
        Assert.InRange(certificate.NotAfter.ToUniversalTime(), DateTime.UtcNow.AddDays(29), DateTime.UtcNow.AddDays(31));
    }

    [Fact]
    public void IssueServer_Certificate_IsNoClients()
    {
        using X509Certificate2 certificate = X509Certificate2.CreateFromPem(Issue("cache.example"));
        using ClientCertificateJudge judge = ClientCertificateJudge.FromPem(_authority.Certificate.ExportCertificatePem(), TimeProvider.System);

        Assert.Equal(ClientCertificateState.WrongPurpose, judge.Judge(certificate).State);
    }

    [Theory]
    [InlineData("")]
    [InlineData("two words")]
    [InlineData("https://cache.example")]
    [InlineData("cache.example:8443")]
    [InlineData("a,b")]
    [InlineData("*.*.example")]
    public void IssueServer_NotAName_IsRefused(string name) => Assert.Throws<ArgumentException>(() => Issue(name));

    [Fact]
    public void IssueServer_NoNames_IsRefused() => Assert.Throws<ArgumentException>(() => Issue());

    private string Issue(params string[] names) => _authority.IssueServer(new PublicKey(_key), names, TimeSpan.FromDays(30), TimeProvider.System);
}
