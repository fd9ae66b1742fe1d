using System.Runtime.InteropServices;
using Shacache.Core.Blobs;
using Shacache.Core.Savings;
using Shacache.Database.Sqlite.Engine;
using Shacache.Database.Sqlite.Savings;

namespace Shacache.Database.Sqlite.Blobs;

/// <summary>What some notes say was sent, put together, so that a few rows change.</summary>
internal sealed class SentSums
{
    private readonly Dictionary<(long Cache, long Prefix), SavedSum> _saved = [];
    private readonly Dictionary<long, Traffic> _traffic = [];

    /// <summary>Adds what was sent of a blob.</summary>
    /// <param name="row">What is known of the blob.</param>
    /// <param name="sent">What was sent.</param>
    public void Add(BlobRow row, BlobSent sent)
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

    /// <summary>Writes the sums.</summary>
    /// <returns>What was saved.</returns>
    public IReadOnlyList<Saving> Write(Connection connection, DateTimeOffset now)
    {
        if (_saved.Count == 0)
            return [];
        var tables = new SavingsTables(connection, now);
        List<Saving> savings = new(_saved.Count);
        foreach (((long cache, long prefix), SavedSum sum) in _saved)
        {
            tables.AddSaving(cache, prefix, sum);
            savings.Add(new Saving(
                null, (CacheKind)cache, SavingsTables.NameOfPrefix(connection, prefix), sum.Bytes, TimeSpan.FromMilliseconds(sum.BuildMs), TimeSpan.FromMilliseconds(sum.FetchMs)));
        }

        foreach (Traffic traffic in _traffic.Values)
        {
            if (traffic.Requests > 0)
                tables.AddTraffic(traffic);
        }

        return savings;
    }
}
