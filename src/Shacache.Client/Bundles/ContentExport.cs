using Shacache.Client.Errors;
using Shacache.Core.Blobs;

namespace Shacache.Client.Bundles;

/// <summary>Brings contents into a bundle: each once, however many entries name it and ask for it at the same time.</summary>
internal sealed class ContentExport(BundleWriter bundle, NetworkCacheClient client, IndexSpool lines, string folder, ProgressTally tally)
{
    private readonly TroubleLimit _trouble = new();
    private readonly Lock _lock = new();
    private readonly Dictionary<Digest, int> _places = [];
    private readonly Dictionary<Digest, Task<string?>> _running = [];
    private readonly Dictionary<Digest, string> _problems = [];
    private long _bytes;

    public int Count => _places.Count;

    public long Bytes => _bytes;

    /// <summary>The place of a content among the contents of the index, from 0.</summary>
    public int PlaceOf(Digest digest)
    {
        lock (_lock)
            return _places[digest];
    }

    /// <summary>Downloads a content, unless it is there.</summary>
    /// <returns>Why it cannot be had; null when it is there.</returns>
    public Task<string?> EnsureAsync(Digest digest, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            if (_places.ContainsKey(digest))
                return Task.FromResult<string?>(null);
            if (_problems.TryGetValue(digest, out string? problem))
                return Task.FromResult<string?>(problem);
            if (_running.TryGetValue(digest, out Task<string?>? running))
                return running;
            // On a thread of its own, since it takes the lock, too.
            return _running[digest] = Task.Run(() => DownloadAsync(digest, cancellationToken), cancellationToken);
        }
    }

    private async Task<string?> DownloadAsync(Digest digest, CancellationToken cancellationToken)
    {
        var slot = new ContentSlot(bundle, $"contents/{digest}", folder, tally.Part());
        await using (slot.ConfigureAwait(false))
        {
            try
            {
                await client.DownloadAsync(digest, slot, slot, cancellationToken).ConfigureAwait(false);
                BundleRegion region = await slot.CompleteAsync(cancellationToken).ConfigureAwait(false);
                _trouble.Reset();
                Add(digest, region);
                return null;
            }
            catch (NetworkCacheException e) when (!_trouble.IsExceededBy(e))
            {
                lock (_lock)
                {
                    _running.Remove(digest);
                    return _problems[digest] = OneLine.Of(e);
                }
            }
        }
    }

    private void Add(Digest digest, BundleRegion region)
    {
        lock (_lock)
        {
            if (_places.Count == BundleLayout.MaxContents)
                throw new BundleException($"A bundle has at most {BundleLayout.MaxContents} contents: export less at a time.");
            _running.Remove(digest);
            lines.Add($"c {region.Offset} {region.LengthBytes} {digest}");
            _places[digest] = _places.Count;
            _bytes += region.LengthBytes;
        }
    }
}
