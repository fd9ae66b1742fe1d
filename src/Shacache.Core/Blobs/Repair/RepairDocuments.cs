using System.Text.Json;
using System.Text.Json.Serialization;

namespace Shacache.Core.Blobs.Repair;

/// <summary>The JSON shapes of what is asked about damage, its repair and copies (docs/protocol.md, "Stores").</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(RepairLineDocument))]
[JsonSerializable(typeof(ScrubStateDocument))]
[JsonSerializable(typeof(ScrubReportDocument))]
[JsonSerializable(typeof(CheckReportDocument))]
[JsonSerializable(typeof(BackupReportDocument))]
[JsonSerializable(typeof(RestoreReportDocument))]
[JsonSerializable(typeof(BackupMarkDocument))]
public sealed partial class RepairDocuments : JsonSerializerContext;

/// <summary>A line of the answer to something that takes long: how far it is, and in the last line what it came to. One member is there.</summary>
/// <param name="Progress">How far it is.</param>
/// <param name="Scrub">What a scrub came to.</param>
/// <param name="Check">What a check came to.</param>
/// <param name="Backup">What a backup came to.</param>
/// <param name="Problem">Why it was not done.</param>
public sealed record RepairLineDocument(
    RepairProgressDocument? Progress = null, ScrubReportDocument? Scrub = null, CheckReportDocument? Check = null, BackupReportDocument? Backup = null, string? Problem = null);

/// <summary>How far something is.</summary>
/// <param name="Stage">What is done now.</param>
/// <param name="Bytes">Bytes that are done.</param>
/// <param name="TotalBytes">About how many there are; null when that is not known.</param>
/// <param name="Objects">Objects that are done.</param>
/// <param name="Damaged">Objects that were found damaged.</param>
public sealed record RepairProgressDocument(string Stage, long Bytes, long? TotalBytes, long Objects, long Damaged);

/// <summary>An object that was found damaged.</summary>
/// <param name="Sha512">Its digest.</param>
/// <param name="FoundAt">When.</param>
/// <param name="Reason">What was wrong.</param>
/// <param name="File">Where its file is now; null when it could not be moved, or is gone.</param>
/// <param name="HealedAt">Since when it is whole again; null when it is not.</param>
/// <param name="Attempts">How often it could not be had again.</param>
/// <param name="DueAt">When that is tried next; null when it is whole.</param>
public sealed record DamagedDocument(
    string Sha512, DateTimeOffset FoundAt, string Reason, string? File, DateTimeOffset? HealedAt, int Attempts, DateTimeOffset? DueAt)
{
    /// <summary>As the documents show it.</summary>
    public static DamagedDocument Of(DamagedBlob blob)
    {
        ArgumentNullException.ThrowIfNull(blob);
        return new DamagedDocument(
            blob.Digest.ToString(), blob.FoundAt, blob.Reason, blob.Path, blob.HealedAt, blob.Attempts, blob.HealedAt is null ? blob.DueAt : null);
    }
}

/// <summary>A pass of the scrub.</summary>
/// <param name="BeganAt">When it began.</param>
/// <param name="EndedAt">When it ended; null while it goes on.</param>
/// <param name="Objects">Objects that were compared.</param>
/// <param name="Bytes">Their bytes.</param>
/// <param name="Damaged">How many were damaged.</param>
public sealed record ScrubPassDocument(DateTimeOffset BeganAt, DateTimeOffset? EndedAt, long Objects, long Bytes, long Damaged);

/// <summary>How the scrub stands.</summary>
/// <param name="IntervalSeconds">Within which every object is compared; 0 for never by itself.</param>
/// <param name="BytesPerSecond">The rate.</param>
/// <param name="Pass">The pass that runs, or the last one; null before the first.</param>
/// <param name="Due">How many objects are to be compared.</param>
/// <param name="Damaged">How many objects are damaged and not healed.</param>
/// <param name="Healed">How many were healed in the last 90 days.</param>
/// <param name="Objects">The first 100 of both, those not healed first.</param>
public sealed record ScrubStateDocument(
    long IntervalSeconds, long BytesPerSecond, ScrubPassDocument? Pass, long Due, long Damaged, long Healed, IReadOnlyList<DamagedDocument> Objects);

/// <summary>What a scrub came to.</summary>
/// <param name="Objects">Objects that were compared.</param>
/// <param name="Bytes">Their bytes.</param>
/// <param name="Found">How many of them were damaged.</param>
/// <param name="Healed">How many objects, of these and earlier ones, are whole again.</param>
/// <param name="Damaged">How many are damaged and not healed, earlier ones included.</param>
/// <param name="Unread">How many could not be compared.</param>
/// <param name="IsStored">Of a single object: whether it is stored, and right.</param>
/// <param name="DamagedObjects">The first 100 that are damaged and not healed.</param>
public sealed record ScrubReportDocument(
    long Objects, long Bytes, long Found, long Healed, long Damaged, long Unread, bool? IsStored, IReadOnlyList<DamagedDocument> DamagedObjects);

/// <summary>Objects and their bytes.</summary>
/// <param name="Objects">Their number.</param>
/// <param name="Bytes">Their bytes together.</param>
public sealed record TotalsDocument(long Objects, long Bytes);

/// <summary>What a check came to.</summary>
/// <param name="IsRight">Whether nothing is wrong that stays so.</param>
/// <param name="Problems">What is wrong and stays so, one line each.</param>
/// <param name="Database">What SQLite finds wrong with the database; empty for nothing.</param>
/// <param name="Index">What the index counts.</param>
/// <param name="Files">What lies on the disk.</param>
/// <param name="Repaired">In how many places the index did not agree with the files, and was put right.</param>
/// <param name="Lost">Objects that the index had and whose files were gone; they count as damaged.</param>
/// <param name="Damaged">How many objects are damaged and not healed.</param>
/// <param name="Entries">How many entries there are.</param>
/// <param name="EntriesWithoutContent">How many of them name content that is not stored: put ahead of it, evicted, removed or lost.</param>
public sealed record CheckReportDocument(
    bool IsRight, IReadOnlyList<string> Problems, IReadOnlyList<string> Database, TotalsDocument Index, TotalsDocument Files, long Repaired, long Lost, long Damaged,
    long Entries, long EntriesWithoutContent);

/// <summary>What a backup came to.</summary>
/// <param name="Folder">Where it is.</param>
/// <param name="Objects">Objects in it.</param>
/// <param name="Bytes">Their bytes.</param>
/// <param name="Copied">How many of them were copied or linked this time.</param>
/// <param name="CopiedBytes">Their bytes.</param>
/// <param name="Removed">How many were removed from it, being gone from the server.</param>
/// <param name="Damaged">How many were found damaged while they were copied, and left out.</param>
/// <param name="DatabaseBytes">Length of the copy of the database.</param>
public sealed record BackupReportDocument(
    string Folder, long Objects, long Bytes, long Copied, long CopiedBytes, long Removed, long Damaged, long DatabaseBytes);

/// <summary>What a restore came to.</summary>
/// <param name="Folder">The new data folder.</param>
/// <param name="Objects">Objects in it.</param>
/// <param name="Bytes">Their bytes.</param>
/// <param name="DamagedObjects">Digests of those that are damaged in the backup, and were left out.</param>
/// <param name="MadeAt">When the backup was made; null when that is not known.</param>
public sealed record RestoreReportDocument(string Folder, long Objects, long Bytes, IReadOnlyList<string> DamagedObjects, DateTimeOffset? MadeAt);

/// <summary>The file <c>backup.json</c> in a backup.</summary>
/// <param name="Format">The version of its layout: 1.</param>
/// <param name="MadeAt">When the state was that of the server; null while the first backup into the folder is not complete.</param>
/// <param name="Objects">Objects in it.</param>
/// <param name="Bytes">Their bytes.</param>
public sealed record BackupMarkDocument(int Format, DateTimeOffset? MadeAt, long Objects, long Bytes);
