using System.Collections.Concurrent;
using Shacache.Core.Blobs;
using Shacache.Protocol;

namespace Shacache.Http.Upstreams.Content;

/// <summary>Which upstream had a bad copy of which object. It is asked for it again after a second, then after twice as long each time, a minute at most.</summary>
/// <remarks>What was bad once may have been an error page; what is bad each time must not be fetched for every client that asks. Bounded: what does not fit is not remembered.</remarks>
internal sealed class BadCopies(TimeProvider time)
{
    private const int MaxCount = 20_000;
    private static readonly Backoff Pauses = new(TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(1));

    /// <summary>How long after its pause a copy is still remembered to have been bad.</summary>
    private static readonly TimeSpan Memory = TimeSpan.FromMinutes(10);

    private readonly ConcurrentDictionary<(string Upstream, Digest Digest), BadCopy> _copies = new();

    /// <summary>Whether the upstream is not to be asked for the object now.</summary>
    public bool IsLeftAlone(Upstream upstream, Digest digest) =>
        !_copies.IsEmpty && _copies.TryGetValue((upstream.Name, digest), out BadCopy? copy) && time.GetElapsedTime(copy.NoticedAt) < copy.Pause;

    /// <summary>Whether its last copy was bad.</summary>
    public bool IsKnown(Upstream upstream, Digest digest) => !_copies.IsEmpty && _copies.TryGetValue((upstream.Name, digest), out BadCopy? copy) && !IsForgotten(copy);

    public void Add(Upstream upstream, Digest digest)
    {
        if (_copies.Count >= MaxCount)
            Sweep();
        if (_copies.Count >= MaxCount)
            return;
        long now = time.GetTimestamp();
        _copies.AddOrUpdate((upstream.Name, digest), new BadCopy(now, 1), (_, earlier) => new BadCopy(now, IsForgotten(earlier) ? 1 : earlier.Count + 1));
    }

    private bool IsForgotten(BadCopy copy) => time.GetElapsedTime(copy.NoticedAt) >= copy.Pause + Memory;

    private void Sweep()
    {
        foreach (KeyValuePair<(string Upstream, Digest Digest), BadCopy> copy in _copies)
        {
            if (IsForgotten(copy.Value))
                _copies.TryRemove(copy);
        }
    }

    private sealed record BadCopy(long NoticedAt, int Count)
    {
        public TimeSpan Pause => Pauses.After(Count);
    }
}
