using System.Text;
using System.Text.Json;
using Shacache.Core.Blobs;

namespace Shacache.Core.Entries;

/// <summary>The objects that the entry of a release names beside its content (docs/relocation.md, "The documents"). They go wherever the entry goes.</summary>
public static class EntryDocuments
{
    /// <summary>The member that names the relocation map.</summary>
    public const string MapMember = "relocation_map";

    /// <summary>The member that names the requirements.</summary>
    public const string RequirementsMember = "requirements";

    /// <summary>The objects that an entry names, the map first; none for most entries. A member that is no digest names nothing; of two of the same name the last one counts.</summary>
    public static IReadOnlyList<Digest> Of(SignedEntry entry)
    {
        ArgumentNullException.ThrowIfNull(entry);
        if (!entry.Information.Contains(MapMember, StringComparison.Ordinal) && !entry.Information.Contains(RequirementsMember, StringComparison.Ordinal))
            return [];
        Digest? map = null, requirements = null;
        var reader = new Utf8JsonReader(Encoding.UTF8.GetBytes(entry.Information), new JsonReaderOptions { MaxDepth = EntryInformation.MaxDepth });
        while (reader.Read())
        {
            if (reader.CurrentDepth != 1 || reader.TokenType != JsonTokenType.PropertyName)
                continue;
            if (reader.ValueTextEquals(MapMember))
                map = ReadDigest(ref reader);
            else if (reader.ValueTextEquals(RequirementsMember))
                requirements = ReadDigest(ref reader);
        }

        return [.. new[] { map, requirements }.OfType<Digest>().Distinct()];
    }

    private static Digest? ReadDigest(ref Utf8JsonReader reader) =>
        reader.Read() && reader.TokenType == JsonTokenType.String && EntryInformation.IsWellFormedText(ref reader) && Digest.TryParse(reader.GetString(), out Digest digest) ? digest : null;
}
