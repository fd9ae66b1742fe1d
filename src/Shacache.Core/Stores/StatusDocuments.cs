using System.Text.Json;
using System.Text.Json.Serialization;

namespace Shacache.Core.Stores;

/// <summary>The JSON shapes of how a server is doing (docs/protocol.md, "Stores").</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(StatusDocument))]
public sealed partial class StatusDocuments : JsonSerializerContext;

/// <summary>How a server is doing. A part that another feature adds is a member of its own, null where the server has no such part.</summary>
/// <param name="Health">What is wrong, in one line; null when the server is able to serve.</param>
/// <param name="Version">The version of the server.</param>
/// <param name="IsServing">Whether a server runs; false when a command looked into the data folder of one that does not.</param>
/// <param name="StartedAt">Since when it runs.</param>
/// <param name="UptimeSeconds">How long that is.</param>
/// <param name="Store">The stored objects; null when the stores do not answer.</param>
/// <param name="Evicted">What was removed to make room since the start; null when the stores do not answer.</param>
/// <param name="Disk">The file system of the data folder; null when that is not known.</param>
/// <param name="Database">The database; null when the stores do not answer.</param>
/// <param name="Queues">What waits in the server.</param>
/// <param name="Upstreams">Other caches that it is filled from.</param>
/// <param name="Forward">Uploads for upstreams.</param>
/// <param name="Certificates">Certificates, and when they end.</param>
public sealed record StatusDocument(
    string? Health,
    string Version,
    bool IsServing,
    DateTimeOffset StartedAt,
    long UptimeSeconds,
    StoreStatus? Store,
    EvictedStatus? Evicted,
    DiskStatus? Disk,
    DatabaseStatus? Database,
    IReadOnlyList<QueueStatus> Queues,
    IReadOnlyList<UpstreamStatus> Upstreams,
    ForwardStatus Forward,
    IReadOnlyList<CertificateStatus> Certificates)
{
    /// <summary>How the comparison with the digests stands; null when the database does not answer.</summary>
    public ScrubStatus? Scrub { get; init; }

    /// <summary>What the cache saved in the last 30 days; null when the database does not answer.</summary>
    public SavedStatus? Saved { get; init; }
}

/// <summary>How the comparison of objects with their digests stands.</summary>
/// <param name="BeganAt">When the pass began that runs or was the last one; null before the first.</param>
/// <param name="EndedAt">When it ended; null while it goes on.</param>
/// <param name="Damaged">Objects that were found damaged and are still missing.</param>
/// <param name="Healed">Objects that were found damaged and are whole again.</param>
public sealed record ScrubStatus(DateTimeOffset? BeganAt, DateTimeOffset? EndedAt, long Damaged, long Healed);

/// <summary>What a cache saved.</summary>
/// <param name="Bytes">Content that origins and upstreams did not have to send.</param>
/// <param name="BuildSeconds">Builds that clients did not wait for.</param>
/// <param name="DownloadSeconds">Downloads that clients did not wait for.</param>
public sealed record SavedStatus(long Bytes, long BuildSeconds, long DownloadSeconds);

/// <summary>The stored objects.</summary>
/// <param name="Objects">How many.</param>
/// <param name="Bytes">Their bytes together.</param>
/// <param name="LimitBytes">The most bytes (<c>max-store-size</c>); null for no limit.</param>
/// <param name="ProtectedBytes">How much the last look for room had to leave, as it may not go.</param>
/// <param name="Exhausted">What is short of room that cannot be made: <c>limit</c> or <c>disk</c>; null for nothing.</param>
public sealed record StoreStatus(long Objects, long Bytes, long? LimitBytes, long ProtectedBytes, string? Exhausted);

/// <summary>What was removed to make room.</summary>
/// <param name="Objects">How many objects.</param>
/// <param name="Bytes">Their bytes together.</param>
/// <param name="LastAgeSeconds">For how long the one that was removed last had not been used; null when none was.</param>
public sealed record EvictedStatus(long Objects, long Bytes, long? LastAgeSeconds);

/// <summary>A file system.</summary>
/// <param name="FreeBytes">What may still be written.</param>
/// <param name="TotalBytes">Its size.</param>
public sealed record DiskStatus(long FreeBytes, long TotalBytes);

/// <summary>The database.</summary>
/// <param name="Bytes">Length of its file.</param>
/// <param name="LogBytes">Length of its write-ahead log.</param>
public sealed record DatabaseStatus(long Bytes, long LogBytes);

/// <summary>A queue.</summary>
/// <param name="Name">Which, as metrics call it.</param>
/// <param name="Length">How much waits.</param>
public sealed record QueueStatus(string Name, long Length);

/// <summary>Another cache.</summary>
/// <param name="Name">Its name in the configuration.</param>
/// <param name="State"><c>up</c>, <c>failing</c> or <c>left-alone</c>.</param>
public sealed record UpstreamStatus(string Name, string State);

/// <summary>Uploads for upstreams.</summary>
/// <param name="Waiting">How many are to be sent.</param>
/// <param name="Refused">How many were refused for good.</param>
public sealed record ForwardStatus(long Waiting, long Refused);

/// <summary>A certificate.</summary>
/// <param name="Name">Which: <c>server</c> or <c>account-ca</c>.</param>
/// <param name="EndsAt">When it ends.</param>
public sealed record CertificateStatus(string Name, DateTimeOffset EndsAt);
