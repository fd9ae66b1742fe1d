namespace Shacache.Http.Tests.Accounts;

/// <summary>Tests of one site with accounts, its operator, and a client that is none.</summary>
public abstract class AccountSiteTests : IAsyncLifetime
{
    private protected AccountSite Site { get; private set; } = null!;

    private protected HttpClient Operator { get; private set; } = null!;

    private protected HttpClient Public { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        Site = await AccountSite.StartAsync();
        Operator = Site.NewOperator();
        Public = Site.NewClient(url: Site.FarTlsUrl);
    }

    public async ValueTask DisposeAsync()
    {
        Operator.Dispose();
        Public.Dispose();
        await Site.DisposeAsync();
        GC.SuppressFinalize(this);
    }
}
