using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Threading.RateLimiting;
using Shacache.Http.Requests;

namespace Shacache.Http.Accounts.Callers;

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

/// <summary>How often something may happen for each address or account: a bucket of tokens that holds one minute's worth, and fills steadily.</summary>
/// <remarks>
/// Addresses share a fixed number of buckets, by a hash that clients cannot foretell. So memory is bounded however many addresses come; that two
/// share one is improbable, and costs them no more than that they share the limit. Of IPv6 the /64 counts, since a client with one address has all of it.
/// </remarks>
internal sealed class RateLimit(int perMinute) : IDisposable
{
    private const int Buckets = 1 << 14;
    private readonly ConcurrentDictionary<int, TokenBucketRateLimiter> _limiters = new();

    /// <summary>How many buckets there are by now.</summary>
    internal int Count => _limiters.Count;

    // When the next one has come back, at the latest.
    private TimeSpan Interval => TimeSpan.FromMinutes(1) / perMinute;

    /// <summary>Which bucket an account has; in each process another one.</summary>
    internal static int BucketOf(string account) => HashCode.Combine(account) & (Buckets - 1);

    /// <summary>Which bucket an address has; in each process another one.</summary>
    internal static int BucketOf(IPAddress address)
    {
        Span<byte> bytes = stackalloc byte[16];
        ConnectionOrigin.Unmapped(address).TryWriteBytes(bytes, out int length);
        var hash = default(HashCode);
        hash.AddBytes(address.AddressFamily == AddressFamily.InterNetworkV6 && length == 16 ? bytes[..8] : bytes[..length]);
        return hash.ToHashCode() & (Buckets - 1);
    }

    /// <summary>Takes one.</summary>
    /// <returns>Null when it may happen; otherwise how long to wait for the next.</returns>
    public TimeSpan? Take(string account) => Take(BucketOf(account));

    /// <inheritdoc cref="Take(string)"/>
    public TimeSpan? Take(IPAddress? address) => IsExempt(address) ? null : Take(BucketOf(address!));

    /// <summary>Looks whether there is one, without taking it.</summary>
    /// <returns>Null when there is; otherwise how long to wait for the next.</returns>
    public TimeSpan? Look(IPAddress? address)
    {
        // Of none that are left a part may have come back: only a whole one counts.
        return perMinute == 0 || IsExempt(address) || Find(BucketOf(address!)).GetStatistics() is not { CurrentAvailablePermits: 0 } ? null : Interval;
    }

    public void Dispose()
    {
        foreach (TokenBucketRateLimiter limiter in _limiters.Values)
            limiter.Dispose();
    }

    // Behind a proxy on this machine every client has this address: one would lock all others out.
    private static bool IsExempt(IPAddress? address) => address is null || IPAddress.IsLoopback(ConnectionOrigin.Unmapped(address));

    private TimeSpan? Take(int bucket)
    {
        if (perMinute == 0)
            return null;
        using RateLimitLease lease = Find(bucket).AttemptAcquire();
        return lease.IsAcquired ? null : Interval;
    }

    private TokenBucketRateLimiter Find(int bucket)
    {
        TokenBucketRateLimiter limiter = _limiters.GetOrAdd(bucket, static (_, rate) => Create(rate), perMinute);
        limiter.TryReplenish();
        return limiter;
    }

    private static TokenBucketRateLimiter Create(int perMinute) => new(new TokenBucketRateLimiterOptions
    {
        TokenLimit = perMinute,
        TokensPerPeriod = 1,
        ReplenishmentPeriod = TimeSpan.FromMinutes(1) / perMinute,
        QueueLimit = 0,
        AutoReplenishment = false,
    });
}
