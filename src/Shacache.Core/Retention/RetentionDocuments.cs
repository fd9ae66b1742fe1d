using System.Text.Json;
using System.Text.Json.Serialization;

namespace Shacache.Core.Retention;

/// <summary>The JSON shapes of what is asked about rules, removals and clean-ups (docs/protocol.md, "Stores").</summary>
/// <remarks>What a client sends must hold no member that is not known; in answers unknown members are passed over.</remarks>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, PropertyNameCaseInsensitive = false, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(RuleOrderDocument))]
[JsonSerializable(typeof(RuleListDocument))]
[JsonSerializable(typeof(RemovalOrderDocument))]
[JsonSerializable(typeof(RemovalDocument))]
[JsonSerializable(typeof(CleanUpOrderDocument))]
[JsonSerializable(typeof(CleanUpDocument))]
public sealed partial class RetentionDocuments : JsonSerializerContext;

/// <summary>A rule that is to be made or ended. Either the digest or the key is given.</summary>
/// <param name="Sha512">The object.</param>
/// <param name="Key">The key.</param>
/// <param name="Until">When it ends; null for never.</param>
/// <param name="Reason">Why; null when they do not say.</param>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record RuleOrderDocument(string? Sha512 = null, string? Key = null, DateTimeOffset? Until = null, string? Reason = null);

/// <summary>The rules of a kind.</summary>
/// <param name="Rules">Oldest first.</param>
public sealed record RuleListDocument(IReadOnlyList<RuleDocument> Rules);

/// <summary>A rule.</summary>
/// <param name="Sha512">The object; null when it is about a key.</param>
/// <param name="Key">The key; null when it is about an object.</param>
/// <param name="MadeAt">Since when.</param>
/// <param name="Until">When it ends; null for never.</param>
/// <param name="Actor">Who made it.</param>
/// <param name="Reason">Why; empty when they did not say.</param>
public sealed record RuleDocument(string? Sha512, string? Key, DateTimeOffset MadeAt, DateTimeOffset? Until, string Actor, string Reason);

/// <summary>What is to be removed: an object, or the entries of a key.</summary>
/// <param name="Sha512">The object; with a key, only entries that name it.</param>
/// <param name="Key">The key.</param>
/// <param name="Content">Whether what only the removed entries name is removed, too.</param>
/// <param name="Block">Whether it is refused from now on.</param>
/// <param name="Reason">Why; null when they do not say.</param>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record RemovalOrderDocument(string? Sha512 = null, string? Key = null, bool Content = false, bool Block = false, string? Reason = null);

/// <summary>What was removed.</summary>
/// <param name="Entries">How many entries are no longer listed.</param>
/// <param name="Objects">How many objects were stored, and are no longer.</param>
public sealed record RemovalDocument(int Entries, int Objects);

/// <summary>A clean-up that is to be made.</summary>
/// <param name="DryRun">Whether it is only counted what would go.</param>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record CleanUpOrderDocument(bool DryRun = false);

/// <summary>What a clean-up removed, or would remove.</summary>
/// <param name="DryRun">Whether it was only counted.</param>
/// <param name="Removed">By kind.</param>
public sealed record CleanUpDocument(bool DryRun, IReadOnlyList<CleanedUpDocument> Removed);

/// <summary>How much of one kind was removed, or would be.</summary>
/// <param name="Kind">Such as <c>expired-entries</c>.</param>
/// <param name="Count">How many.</param>
/// <param name="Bytes">Their bytes together; 0 for what has none.</param>
public sealed record CleanedUpDocument(string Kind, long Count, long Bytes);
