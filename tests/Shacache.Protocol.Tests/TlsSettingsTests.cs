using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Shacache.Testing.Tls;

namespace Shacache.Protocol.Tests;

public sealed class TlsSettingsTests : IAsyncLifetime
{
    private readonly TestAuthority _authority = new();
    private LeafServer _server = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync()
    {
        _server = new LeafServer(_authority);
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _authority.Dispose();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task CreateForClient_CertificateThatNamesWhereItsIssuerIs_IsNotTrusted_AndNobodyGoesThere(bool hasOwnAuthorities)
    {
        using var client = CreateClient(hasOwnAuthorities ? [_authority.Root] : null);

        HttpRequestException e = await Assert.ThrowsAsync<HttpRequestException>(() => client.SendAsync(new HttpRequestMessage(HttpMethod.Get, _server.Url), Token));

        Assert.IsType<AuthenticationException>(e.InnerException);
        Assert.Equal(1, _server.Handshakes);
        Assert.Equal(0, _server.IssuerConnections);
    }

    [Fact]
    public async Task CreateForClient_AuthorityThatIssuedTheCertificate_IsTrusted()
    {
        using var intermediate = X509Certificate2.CreateFromPem(_authority.IntermediatePem);
        using var client = CreateClient([_authority.Root, intermediate]);

        using HttpResponseMessage answer = await client.SendAsync(new HttpRequestMessage(HttpMethod.Get, _server.Url), Token);

        Assert.Equal("file", await answer.Content.ReadAsStringAsync(Token));
        Assert.Equal(0, _server.IssuerConnections);
    }

    [Fact]
    public void CreateChainPolicy_NoAuthorities_TrustsNobody()
    {
        X509ChainPolicy policy = TlsSettings.CreateChainPolicy([]);

        Assert.Equal(X509ChainTrustMode.CustomRootTrust, policy.TrustMode);
        Assert.Equal(X509RevocationMode.NoCheck, policy.RevocationMode);
        Assert.True(policy.DisableCertificateDownloads);
    }

    private static HttpMessageInvoker CreateClient(X509Certificate2Collection? authorities) =>
        new(HttpConnections.CreateHandler(TlsSettings.CreateForClient(authorities), new ConnectionSettings { ConnectTimeout = TimeSpan.FromMinutes(1) }));
}
