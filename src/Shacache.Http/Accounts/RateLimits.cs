namespace Shacache.Http.Accounts;

/// <summary>Every limit of how often.</summary>
internal sealed class RateLimits(AccountOptions options) : IDisposable
{
    /// <summary>Uploads of an account.</summary>
    public RateLimit AccountUploads { get; } = new(options.AccountUploadsPerMinute);

    /// <summary>Uploads from an address.</summary>
    public RateLimit AddressUploads { get; } = new(options.AddressUploadsPerMinute);

    /// <summary>Credentials from an address that were found bad.</summary>
    public RateLimit BadCredentials { get; } = new(options.BadCredentialsPerMinute);

    /// <summary>Requests for accounts from an address.</summary>
    public RateLimit AccountRequests { get; } = new(options.AccountRequestsPerMinute);

    public void Dispose()
    {
        AccountUploads.Dispose();
        AddressUploads.Dispose();
        BadCredentials.Dispose();
        AccountRequests.Dispose();
    }
}
