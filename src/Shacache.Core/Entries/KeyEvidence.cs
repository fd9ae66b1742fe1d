using System.Text.Json;

namespace Shacache.Core.Entries;

/// <summary>What the text of an entry says about the key that it is listed under (docs/protocol.md, "Replay").</summary>
/// <param name="Belongs">True: it proves to belong there. False: it proves to belong elsewhere. Null: it says nothing.</param>
/// <param name="Explanation">The same in a few words, for people.</param>
public sealed record KeyEvidence(bool? Belongs, string Explanation)
{
    /// <summary>Foreign text in an explanation is cut off here, in characters.</summary>
    private const int MaxQuotedLength = 300;

    private static readonly string[] UrlMembers = ["software_url", "url"];

    /// <summary>Reads the text. Whether anybody signed it is another question. Members that are not strings say nothing.</summary>
    public static KeyEvidence Of(EntryKey key, SignedEntry entry)
    {
        string? urlMd5 = UrlMd5.Find(key);
        string? proof = null;
        using JsonDocument information = JsonDocument.Parse(entry.Information);
        foreach (JsonProperty member in information.RootElement.EnumerateObject())
        {
            if (member.Value.ValueKind != JsonValueKind.String)
                continue;
            // One member that speaks for another key is enough, whatever the others say.
            if (FindContradiction(key, urlMd5, member.Name, member.Value.GetString()!) is { } contradiction)
                return new KeyEvidence(false, contradiction);
            if (member.NameEquals("key"u8))
                proof = "it names this key";
            else if (urlMd5 is not null && (member.NameEquals("urlmd5"u8) || UrlMembers.Contains(member.Name)))
                proof ??= $"its {member.Name} is the one in this key";
        }

        return proof is null ? new KeyEvidence(null, "nothing in it says for which key it is") : new KeyEvidence(true, proof);
    }

    private static string? FindContradiction(EntryKey key, string? urlMd5, string member, string value)
    {
        if (member == "key")
            return value == key.Value ? null : $"a replay: it was signed for another key ({Quote(value)})";
        if (urlMd5 is null)
            return null;
        if (member == "urlmd5" && !string.Equals(value, urlMd5, StringComparison.OrdinalIgnoreCase))
            return $"a replay: it was signed for another URL (member urlmd5 is {Quote(value)})";
        return UrlMembers.Contains(member) && UrlMd5.Of(value) != urlMd5 ? $"a replay: it was signed for another URL ({Quote(value)})" : null;
    }

    private static string Quote(string text) => EntryInformation.OneLine(text.Length > MaxQuotedLength ? text[..MaxQuotedLength] : text).Trim();
}
