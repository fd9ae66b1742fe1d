using System.Text.Json.Serialization;

namespace Shacache.Core.Accounts.Documents;

/// <summary>What token is wanted, as JSON.</summary>
/// <param name="Days">How long it is valid; null for 90 days.</param>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record TokenOrderDocument(int? Days = null);
