using Shacache.Blobs.S3.Requests;
using Shacache.Blobs.S3.Uploads;
using Shacache.Core.Blobs;

namespace Shacache.Blobs.S3;

/// <summary>Uploads that a crash cut off: their parts take room, and no one reads them.</summary>
/// <remarks>
/// One counts as left when the lease of its node ended 60 s ago by the clock of the store, and is not renewed while this waits for longer than its interval: so a node that could not
/// reach the store for a while loses nothing.
/// </remarks>
public sealed class S3Leftovers
{
    private readonly Bucket _bucket;
    private readonly BucketLayout _layout;
    private readonly string _ownNode;
    private readonly LeftoverTiming _timing;
    private readonly TimeProvider _time;

    internal S3Leftovers(Bucket bucket, BucketLayout layout, string ownNode, LeftoverTiming timing, TimeProvider time) =>
        (_bucket, _layout, _ownNode, _timing, _time) = (bucket, layout, ownNode, timing, time);

    /// <summary>Looks for them. Takes a moment, and half a minute when there are some.</summary>
    /// <exception cref="BlobStoreException">The store is away.</exception>
    public async Task<IReadOnlyList<S3Leftover>> FindAsync(CancellationToken cancellationToken)
    {
        try
        {
            List<S3Leftover> staged = await ListAsync(cancellationToken).ConfigureAwait(false);
            if (staged.Count == 0)
                return [];
            Dictionary<string, string> first = await FindDeadAsync(staged, cancellationToken).ConfigureAwait(false);
            if (first.Count == 0)
                return [];
            await Task.Delay(_timing.SecondLook, _time, cancellationToken).ConfigureAwait(false);
            Dictionary<string, string> second = await FindDeadAsync(staged, cancellationToken).ConfigureAwait(false);
            return [.. staged.Where(upload => first.TryGetValue(upload.Node, out string? lease) && second.GetValueOrDefault(upload.Node) == lease)];
        }
        catch (S3Failure e)
        {
            throw e.As("Uploads that were cut off cannot be looked for");
        }
    }

    /// <summary>Discards some.</summary>
    /// <returns>How many.</returns>
    /// <exception cref="BlobStoreException">The store is away.</exception>
    public async Task<int> RemoveAsync(IReadOnlyList<S3Leftover> leftovers, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(leftovers);
        try
        {
            foreach (S3Leftover leftover in leftovers)
            {
                if (leftover.UploadId is { } id)
                    await _bucket.AbortUploadAsync(leftover.Key, id, cancellationToken).ConfigureAwait(false);
                else
                    await _bucket.DeleteAsync(leftover.Key, isOnce: false, cancellationToken).ConfigureAwait(false);
            }

            foreach (string node in leftovers.Select(leftover => leftover.Node).Distinct(StringComparer.Ordinal))
                await _bucket.DeleteAsync(_layout.LeaseOf(node), isOnce: false, cancellationToken).ConfigureAwait(false);
            return leftovers.Count;
        }
        catch (S3Failure e)
        {
            throw e.As("Uploads that were cut off cannot be discarded");
        }
    }

    private async Task<List<S3Leftover>> ListAsync(CancellationToken cancellationToken)
    {
        List<S3Leftover> found = [];
        await foreach (ListedKey upload in _bucket.ListUploadsAsync(_layout.Incoming, cancellationToken).ConfigureAwait(false))
            Add(upload);
        await foreach (ListedKey staged in _bucket.ListAsync(_layout.Incoming, cancellationToken).ConfigureAwait(false))
            Add(staged);
        return found;

        void Add(ListedKey key)
        {
            if (_layout.TryParseStaging(key.Key, out string? node) && node != _ownNode)
                found.Add(new S3Leftover(key.Key, key.UploadId, node, key.LengthBytes, key.At));
        }
    }

    /// <summary>The nodes whose leases have ended for long, with the entity tag of the last one.</summary>
    private async Task<Dictionary<string, string>> FindDeadAsync(List<S3Leftover> staged, CancellationToken cancellationToken)
    {
        // Our own word, so that the store tells the time.
        await _bucket.PutAsync(_layout.LeaseOf(_ownNode), [], isNew: false, cancellationToken).ConfigureAwait(false);
        ObjectState? own = await _bucket.FindAsync(_layout.LeaseOf(_ownNode), cancellationToken).ConfigureAwait(false);
        DateTimeOffset now = own?.Now ?? own?.StoredAt ?? throw new S3Failure(FailureKind.Other, $"{_bucket.Client.Store} does not tell its time");
        Dictionary<string, string> dead = new(StringComparer.Ordinal);
        foreach (IGrouping<string, S3Leftover> uploads in staged.GroupBy(upload => upload.Node, StringComparer.Ordinal))
        {
            // Of a node whose lease is gone its youngest upload counts.
            ObjectState? lease = await _bucket.FindAsync(_layout.LeaseOf(uploads.Key), cancellationToken).ConfigureAwait(false);
            DateTimeOffset lastAt = lease?.StoredAt ?? uploads.Max(upload => upload.BeganAt);
            if (now - lastAt > _timing.DeadAfter)
                dead.Add(uploads.Key, lease?.EntityTag ?? "");
        }

        return dead;
    }
}

/// <summary>When an upload counts as left.</summary>
/// <param name="DeadAfter">So long after its node's lease was last written.</param>
/// <param name="SecondLook">And not written again for so long.</param>
internal sealed record LeftoverTiming(TimeSpan DeadAfter, TimeSpan SecondLook)
{
    public static readonly LeftoverTiming Usual = new(NodeLease.Length + TimeSpan.FromSeconds(60), NodeLease.Interval + TimeSpan.FromSeconds(10));
}

/// <summary>An upload that a crash cut off.</summary>
/// <param name="Key">Where it was staged.</param>
/// <param name="UploadId">The upload in parts; null when they are one object already.</param>
/// <param name="Node">The node that had it.</param>
/// <param name="LengthBytes">How long the object is; 0 for parts.</param>
/// <param name="BeganAt">When it began, by the clock of the store.</param>
public sealed record S3Leftover(string Key, string? UploadId, string Node, long LengthBytes, DateTimeOffset BeganAt);
