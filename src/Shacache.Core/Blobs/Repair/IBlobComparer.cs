namespace Shacache.Core.Blobs.Repair;

/// <summary>Compares stored blobs with their digests, on a thread of its own that gives way to all others at the disk. Safe for concurrent use: they take turns.</summary>
public interface IBlobComparer
{
    /// <summary>Reads a blob to its end, whatever is known of it already. One that is damaged is absent from then on.</summary>
    /// <param name="digest">The blob.</param>
    /// <param name="onRead">Told after each step how many bytes it read; the next one waits for it.</param>
    /// <param name="cancellationToken">Stops after a step.</param>
    /// <exception cref="BlobStoreException">It could not be found out.</exception>
    ValueTask<ComparisonOutcome> CompareAsync(Digest digest, Func<long, CancellationToken, ValueTask> onRead, CancellationToken cancellationToken);

    /// <summary>How long a blob is, whether it is right or not; null when there is none.</summary>
    /// <exception cref="BlobStoreException">The backend failed.</exception>
    ValueTask<long?> FindLengthAsync(Digest digest, CancellationToken cancellationToken);
}

/// <summary>What a comparison of a blob with its digest came to.</summary>
public enum ComparisonOutcome
{
    /// <summary>Its bytes are right.</summary>
    Right,

    /// <summary>They are not.</summary>
    Damaged,

    /// <summary>There is no such blob; or it was removed, or stored anew, in between.</summary>
    Absent,
}
