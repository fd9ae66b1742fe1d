namespace Shacache.Core.Savings;

/// <summary>Gathers in memory what was asked of each cache, until it is written. Safe for concurrent use.</summary>
internal sealed class TrafficNotes
{
    /// <summary>What is saved on the way of a file through the gateway, is of this prefix: the key that clients find it under.</summary>
    private const string GatewayPrefix = "file-urlmd5:";

    private readonly Sums[] _sums = [.. CacheKinds.All.Select(_ => new Sums())];

    public void Add(Traffic traffic, long savedBytes) => _sums[(int)traffic.Cache - 1].Add(traffic, savedBytes);

    /// <summary>Writes what was gathered. When that fails, it waits on.</summary>
    /// <returns>What was saved.</returns>
    public async Task<IReadOnlyList<Saving>> FlushAsync(ISavings store, CancellationToken cancellationToken)
    {
        List<Traffic> traffic = [];
        List<Saving> savings = [];
        foreach (CacheKind cache in CacheKinds.All)
        {
            (Traffic one, long savedBytes) = _sums[(int)cache - 1].Take(cache);
            if (one != new Traffic(cache, 0, 0, 0))
                traffic.Add(one);
            if (savedBytes > 0)
                savings.Add(new Saving(null, cache, cache == CacheKind.Gateway ? GatewayPrefix : KeyPrefix.Other, savedBytes, default, default));
        }

        if (traffic.Count + savings.Count == 0)
            return [];
        try
        {
            await store.AddAsync(traffic, savings, cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            traffic.ForEach(one => Add(one, savedBytes: 0));
            savings.ForEach(one => Add(new Traffic(one.Cache!.Value, 0, 0, 0), one.Bytes));
            throw;
        }

        return savings;
    }

    private sealed class Sums
    {
        private long _requests;
        private long _hits;
        private long _sentBytes;
        private long _savedBytes;

        public void Add(Traffic traffic, long savedBytes)
        {
            Interlocked.Add(ref _requests, traffic.Requests);
            Interlocked.Add(ref _hits, traffic.Hits);
            Interlocked.Add(ref _sentBytes, traffic.SentBytes);
            Interlocked.Add(ref _savedBytes, savedBytes);
        }

        public (Traffic Traffic, long SavedBytes) Take(CacheKind cache) => (
            new Traffic(cache, Interlocked.Exchange(ref _requests, 0), Interlocked.Exchange(ref _hits, 0), Interlocked.Exchange(ref _sentBytes, 0)),
            Interlocked.Exchange(ref _savedBytes, 0));
    }
}
