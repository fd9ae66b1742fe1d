using System.Text.Json.Serialization;

namespace Shacache.Core.Accounts.Documents;

/// <summary>The rights of an account, as JSON. Whatever is left out is not granted.</summary>
/// <param name="Upload">Whether it may upload content.</param>
/// <param name="Index">Beginnings of the keys under which it may put entries; the empty text is every key.</param>
/// <param name="Administer">Whether it may administer accounts.</param>
/// <param name="BytesPerDay">Bytes that it may upload in a day of UTC; null for any number.</param>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record RightsDocument(bool Upload = false, IReadOnlyList<string>? Index = null, bool Administer = false, long? BytesPerDay = null);
