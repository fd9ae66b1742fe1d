namespace Shacache.Core.Accounts;

/// <summary>A request for an account. The only thing it proves is that the client has the private key.</summary>
/// <param name="Name">The requested name. Several requests may have the same one: the key tells them apart.</param>
/// <param name="KeyFingerprint">Of the public key: identifies the request, and is what people compare by voice.</param>
/// <param name="Pem">The PKCS#10 request.</param>
/// <param name="RequestedAt">When it came.</param>
/// <param name="From">The address it came from, of IPv6 its /64: what those that wait are counted by.</param>
public sealed record AccountRequest(AccountName Name, Fingerprint KeyFingerprint, string Pem, DateTimeOffset RequestedAt, string From);

/// <summary>The outcome of a request.</summary>
public enum AccountRequestAddition
{
    /// <summary>It waits for the operator.</summary>
    Added,

    /// <summary>A request with this key waits already; it stays as it is.</summary>
    AlreadyPending,

    /// <summary>Too many wait already; it was not kept.</summary>
    TooMany,
}

/// <summary>How many requests wait at most. Any client may ask, so their number is bounded.</summary>
/// <param name="MaxPending">From everywhere together.</param>
/// <param name="MaxPendingPerAddress">From one address, so that one sender cannot use up all places.</param>
/// <param name="Lifetime">Older requests are dropped.</param>
public sealed record AccountRequestLimits(int MaxPending, int MaxPendingPerAddress, TimeSpan Lifetime)
{
    /// <summary>1,000 in all, 20 from one address, for 30 days.</summary>
    public static AccountRequestLimits Default { get; } = new(1000, 20, TimeSpan.FromDays(30));
}
