namespace Shacache.Core.Blobs.Repair;

/// <summary>What was found damaged, and what became of it; and how far the comparison of all blobs with their digests has come.</summary>
/// <remarks>
/// Safe for concurrent use. Every call may throw <see cref="StorageFullException"/> (no room) and <see cref="BlobStoreException"/> (the backend failed).
/// What was healed is forgotten after <see cref="HealedKeep"/>. The rules every implementation obeys are tests: RepairLogContract in tests/Shacache.Testing.
/// </remarks>
public interface IRepairLog
{
    /// <summary>For how long what was healed is remembered.</summary>
    static readonly TimeSpan HealedKeep = TimeSpan.FromDays(90);

    /// <summary>Notes that a blob was found damaged. It is to be had again at once; what is known of an earlier damage gives way, but how often it was tried.</summary>
    ValueTask NoteDamagedAsync(Digest digest, string reason, string? path, DateTimeOffset at, CancellationToken cancellationToken);

    /// <summary>Notes that a blob is whole again.</summary>
    /// <returns>False when it was not known to be damaged.</returns>
    ValueTask<bool> NoteHealedAsync(Digest digest, DateTimeOffset at, CancellationToken cancellationToken);

    /// <summary>Drops a blob that is not to come back.</summary>
    ValueTask ForgetAsync(Digest digest, CancellationToken cancellationToken);

    /// <summary>Notes that a blob was not to be had again now.</summary>
    ValueTask PostponeAsync(Digest digest, DateTimeOffset until, CancellationToken cancellationToken);

    /// <summary>Makes everything that is not healed due.</summary>
    ValueTask HastenAsync(DateTimeOffset now, CancellationToken cancellationToken);

    /// <summary>What is to be tried now, the longest due first.</summary>
    ValueTask<IReadOnlyList<DamagedBlob>> ListDueAsync(DateTimeOffset now, int maxCount, CancellationToken cancellationToken);

    /// <summary>What is known, first what is not healed, the newest first.</summary>
    ValueTask<IReadOnlyList<DamagedBlob>> ListAsync(int maxCount, CancellationToken cancellationToken);

    /// <summary>What is known of one blob; null for nothing.</summary>
    ValueTask<DamagedBlob?> FindAsync(Digest digest, CancellationToken cancellationToken);

    /// <summary>How much is known.</summary>
    ValueTask<DamageTotals> CountAsync(CancellationToken cancellationToken);

    /// <summary>The pass that runs, or the last one; null before the first.</summary>
    ValueTask<ScrubPass?> FindPassAsync(CancellationToken cancellationToken);

    /// <summary>Remembers a pass instead of the one before.</summary>
    ValueTask WritePassAsync(ScrubPass pass, CancellationToken cancellationToken);
}

/// <summary>A blob whose stored bytes were not those of its name, or were gone.</summary>
/// <param name="Digest">The blob.</param>
/// <param name="Reason">What was wrong, for people.</param>
/// <param name="Path">Where its file is now; null when it could not be moved, or there is none.</param>
/// <param name="FoundAt">When that was found.</param>
/// <param name="HealedAt">Since when it is whole again; null when it is not.</param>
/// <param name="Attempts">How often it could not be had again.</param>
/// <param name="DueAt">When that is tried next.</param>
public sealed record DamagedBlob(Digest Digest, string Reason, string? Path, DateTimeOffset FoundAt, DateTimeOffset? HealedAt, int Attempts, DateTimeOffset DueAt);

/// <summary>How many blobs were found damaged.</summary>
/// <param name="Open">Those that are still missing.</param>
/// <param name="Healed">Those that are whole again.</param>
public readonly record struct DamageTotals(long Open, long Healed);

/// <summary>A pass over all blobs that were due.</summary>
/// <param name="BeganAt">When it began.</param>
/// <param name="EndedAt">When there was nothing left to do; null while it goes on.</param>
/// <param name="Compared">What was compared.</param>
/// <param name="Damaged">How many of them were damaged.</param>
public sealed record ScrubPass(DateTimeOffset BeganAt, DateTimeOffset? EndedAt, BlobTotals Compared, long Damaged);
