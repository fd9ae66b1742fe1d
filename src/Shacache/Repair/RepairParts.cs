using Shacache.Cli.Contents;
using Shacache.Cli.Databases;
using Shacache.Core.Blobs;
using Shacache.Core.Blobs.Repair;

namespace Shacache.Cli.Repair;

/// <summary>What the stores of a data folder consist of, for those who look after them.</summary>
/// <param name="DataFolder">The folder.</param>
/// <param name="Content">The content.</param>
/// <param name="Database">All the rest.</param>
/// <param name="Notes">What the index is about to learn.</param>
/// <param name="Journal">What the log of damage is about to learn.</param>
/// <param name="Scrub">Compares.</param>
/// <param name="Healing">Brings back.</param>
/// <param name="EnsureIndexAsync">Makes the index right after a crash; at once when it is.</param>
/// <param name="RebuildIndexAsync">Makes the index agree with the files, those included that it lacks.</param>
/// <param name="Time">The clock.</param>
internal sealed record RepairParts(
    string DataFolder, ServedContent Content, ServedDatabase Database, BlobNotes Notes, DamageJournal Journal, BlobScrub Scrub, BlobHealing Healing,
    Func<CancellationToken, Task> EnsureIndexAsync, Func<CancellationToken, Task> RebuildIndexAsync, TimeProvider Time);
