using System.Runtime.InteropServices;
using Shacache.Core.Savings;

namespace Shacache.Core.Blobs.Indexing;

/// <summary>What some notes say was sent, put together, so that a few rows change.</summary>
public sealed class SentSums
{
    private readonly Dictionary<(long Cache, long Prefix), SavedSum> _saved = [];
    private readonly Dictionary<long, Traffic> _traffic = [];

    /// <summary>What was spared, by the numbers of cache and prefix.</summary>
    public IReadOnlyCollection<KeyValuePair<(long Cache, long Prefix), SavedSum>> Saved => _saved;

    /// <summary>What was asked of each cache; those without a request are left out.</summary>
    public IEnumerable<Traffic> Traffic => _traffic.Values.Where(traffic => traffic.Requests > 0);

    /// <summary>Adds what was sent of a blob.</summary>
    /// <param name="row">What is known of the blob.</param>
    /// <param name="sent">What was sent.</param>
    public void Add(BlobRecord row, BlobSent sent)
    {
        if (sent.Bytes == 0 && sent.Requests == 0)
            return;
        long cache = row.Cache > (long)CacheKind.Download ? row.Cache : (long)(sent.Cache ?? (row.Cache == 0 ? CacheKind.Download : (CacheKind)row.Cache));
        ref SavedSum saved = ref CollectionsMarshal.GetValueRefOrAddDefault(_saved, (cache, row.Prefix), out _);
        long fetchMs = row.LengthBytes > 0 ? (long)Math.Round((double)row.FetchMs * sent.Bytes / row.LengthBytes) : 0;
        saved += new SavedSum(sent.Bytes, row.BuildMs * sent.Wholes, fetchMs);
        ref Traffic traffic = ref CollectionsMarshal.GetValueRefOrAddDefault(_traffic, cache, out _);
        traffic = new Traffic((CacheKind)cache, traffic.Requests + sent.Requests, traffic.Hits + sent.Requests, traffic.SentBytes + (sent.Requests > 0 ? sent.Bytes : 0));
    }

    /// <summary>What was spared, as the contracts have it.</summary>
    /// <param name="nameOfPrefix">Gives the prefix of a number.</param>
    public IReadOnlyList<Saving> ToSavings(Func<long, string> nameOfPrefix) =>
    [
        .. _saved.Select(pair => new Saving(
            null, (CacheKind)pair.Key.Cache, nameOfPrefix(pair.Key.Prefix), pair.Value.Bytes,
            TimeSpan.FromMilliseconds(pair.Value.BuildMs), TimeSpan.FromMilliseconds(pair.Value.FetchMs))),
    ];
}

/// <summary>What was spared, as it is stored.</summary>
/// <param name="Bytes">Bytes of content.</param>
/// <param name="BuildMs">Milliseconds of builds.</param>
/// <param name="FetchMs">Milliseconds of transfers.</param>
public readonly record struct SavedSum(long Bytes, long BuildMs, long FetchMs)
{
    /// <summary>As it is stored of what was spared.</summary>
    public static SavedSum Of(Saving saving)
    {
        ArgumentNullException.ThrowIfNull(saving);
        return new SavedSum(saving.Bytes, (long)saving.BuildTime.TotalMilliseconds, (long)saving.DownloadTime.TotalMilliseconds);
    }

    /// <summary>Both together.</summary>
    public static SavedSum operator +(SavedSum one, SavedSum other) =>
        new(one.Bytes + other.Bytes, one.BuildMs + other.BuildMs, one.FetchMs + other.FetchMs);
}
