using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Threading.RateLimiting;

namespace Shacache.Http.Accounts;

/// <summary>How often something may happen for each address or account: a bucket of tokens that holds one minute's worth, and fills steadily.</summary>
/// <remarks>
/// Addresses share a fixed number of buckets, by a hash that nobody outside can foretell. So memory is bounded however many addresses come; that two
/// share one is improbable, and costs them no more than that they share the limit. Of IPv6 the /64 counts, since whoever has one address has all of it.
/// </remarks>
internal sealed class RateLimit(int perMinute) : IDisposable
{
    private const int Buckets = 1 << 14;
    private readonly ConcurrentDictionary<int, TokenBucketRateLimiter> _limiters = new();

    /// <summary>Takes one.</summary>
    /// <returns>Null when it may happen; otherwise how long to wait for the next.</returns>
    public TimeSpan? Take(string account) => Take(HashCode.Combine(account), 1);

    /// <inheritdoc cref="Take(string)"/>
    public TimeSpan? Take(IPAddress? address) => IsExempt(address) ? null : Take(Hash(address!), 1);

    /// <summary>Looks whether there is one, without taking it.</summary>
    /// <returns>Null when there is; otherwise how long to wait for the next.</returns>
    public TimeSpan? Look(IPAddress? address) => IsExempt(address) ? null : Take(Hash(address!), 0);

    public void Dispose()
    {
        foreach (TokenBucketRateLimiter limiter in _limiters.Values)
            limiter.Dispose();
    }

    // Behind a proxy on this machine everybody has this address: one sender would lock all others out.
    private static bool IsExempt(IPAddress? address) => address is null || IPAddress.IsLoopback(ConnectionOrigin.Unmapped(address));

    private static int Hash(IPAddress address)
    {
        Span<byte> bytes = stackalloc byte[16];
        ConnectionOrigin.Unmapped(address).TryWriteBytes(bytes, out int length);
        var hash = default(HashCode);
        hash.AddBytes(address.AddressFamily == AddressFamily.InterNetworkV6 && length == 16 ? bytes[..8] : bytes[..length]);
        return hash.ToHashCode();
    }

    private TimeSpan? Take(int hash, int count)
    {
        if (perMinute == 0)
            return null;
        TokenBucketRateLimiter limiter = _limiters.GetOrAdd(hash & (Buckets - 1), static (_, rate) => Create(rate), perMinute);
        limiter.TryReplenish();
        using RateLimitLease lease = limiter.AttemptAcquire(count);
        if (lease.IsAcquired)
            return null;
        return lease.TryGetMetadata(MetadataName.RetryAfter, out TimeSpan wait) ? wait : TimeSpan.FromMinutes(1) / perMinute;
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
