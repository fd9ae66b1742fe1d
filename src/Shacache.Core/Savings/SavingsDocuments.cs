using System.Text.Json;
using System.Text.Json.Serialization;

namespace Shacache.Core.Savings;

/// <summary>The JSON shapes of what is asked about savings and content (docs/protocol.md, "Stores").</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(SavingsDocument))]
[JsonSerializable(typeof(TopObjectsDocument))]
[JsonSerializable(typeof(TopGroupsDocument))]
public sealed partial class SavingsDocuments : JsonSerializerContext;

/// <summary>What was saved since a day.</summary>
/// <param name="Since">The first day, such as <c>2026-11-22</c>.</param>
/// <param name="Rows">A row for each day, cache or prefix.</param>
/// <param name="Total">All of it.</param>
public sealed record SavingsDocument(string Since, IReadOnlyList<SavingDocument> Rows, SavingDocument Total);

/// <summary>What was saved.</summary>
/// <param name="Day">The day, when rows are by day.</param>
/// <param name="Cache">The cache, when rows are by cache.</param>
/// <param name="Prefix">The prefix of keys, when rows are by prefix.</param>
/// <param name="Bytes">Content that neither an origin nor an upstream had to send.</param>
/// <param name="BuildSeconds">Builds that clients did not make.</param>
/// <param name="DownloadSeconds">Transfers from origins and upstreams that clients did not wait for.</param>
public sealed record SavingDocument(string? Day, string? Cache, string? Prefix, long Bytes, double BuildSeconds, double DownloadSeconds)
{
    /// <summary>As JSON.</summary>
    public static SavingDocument Of(Saving saving)
    {
        ArgumentNullException.ThrowIfNull(saving);
        return new SavingDocument(
            saving.Day?.ToString("O", System.Globalization.CultureInfo.InvariantCulture),
            saving.Cache is { } cache ? CacheKinds.WordFor(cache) : null,
            saving.Prefix,
            saving.Bytes,
            saving.BuildTime.TotalSeconds,
            saving.DownloadTime.TotalSeconds);
    }
}

/// <summary>The objects that have most of something.</summary>
/// <param name="Objects">The objects, that which has most first.</param>
public sealed record TopObjectsDocument(IReadOnlyList<TopObjectDocument> Objects);

/// <summary>An object.</summary>
/// <param name="Sha512">Its digest.</param>
/// <param name="Bytes">Its length.</param>
/// <param name="Uses">How often it was used.</param>
/// <param name="StoredAt">When it was stored.</param>
/// <param name="UsedAt">When it was last used; null when it never was.</param>
/// <param name="Key">One of the keys that list it; null when none does.</param>
public sealed record TopObjectDocument(string Sha512, long Bytes, long Uses, DateTimeOffset StoredAt, DateTimeOffset? UsedAt, string? Key);

/// <summary>Objects that have something in common.</summary>
/// <param name="Groups">Those with most bytes first.</param>
public sealed record TopGroupsDocument(IReadOnlyList<TopGroupDocument> Groups);

/// <summary>Objects that have something in common.</summary>
/// <param name="Name">A prefix of keys, or the name of an account; null when it is not known who uploaded them.</param>
/// <param name="Objects">How many they are.</param>
/// <param name="Bytes">Their bytes together.</param>
/// <param name="Uses">How often they were used, together.</param>
public sealed record TopGroupDocument(string? Name, long Objects, long Bytes, long Uses);
