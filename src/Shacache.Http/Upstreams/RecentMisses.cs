using System.Collections.Concurrent;

namespace Shacache.Http.Upstreams;

/// <summary>Remembers for a while that something was not to be had. Bounded: what does not fit is not remembered.</summary>
internal sealed class RecentMisses<T>(TimeSpan ttl, TimeProvider time)
    where T : notnull
{
    private const int MaxCount = 20_000;

    private readonly ConcurrentDictionary<T, long> _noticed = new();

    public bool Contains(T missing)
    {
        if (_noticed.IsEmpty || !_noticed.TryGetValue(missing, out long noticedAt))
            return false;
        if (time.GetElapsedTime(noticedAt) < ttl)
            return true;
        _noticed.TryRemove(KeyValuePair.Create(missing, noticedAt));
        return false;
    }

    public void Add(T missing)
    {
        if (ttl == TimeSpan.Zero)
            return;
        if (_noticed.Count >= MaxCount)
            Sweep();
        if (_noticed.Count < MaxCount)
            _noticed[missing] = time.GetTimestamp();
    }

    /// <summary>It is there now.</summary>
    public void Remove(T missing) => _noticed.TryRemove(missing, out _);

    private void Sweep()
    {
        foreach (KeyValuePair<T, long> noticed in _noticed)
        {
            if (time.GetElapsedTime(noticed.Value) >= ttl)
                _noticed.TryRemove(noticed);
        }
    }
}
