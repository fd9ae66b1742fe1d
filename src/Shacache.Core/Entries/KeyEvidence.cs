using System.Buffers;
using System.Text.Json;

namespace Shacache.Core.Entries;

/// <summary>What the text of an entry says about the key that it is listed under (docs/protocol.md, "Replay").</summary>
/// <param name="Belongs">True: it proves to belong there. False: it proves to belong elsewhere. Null: it says nothing.</param>
/// <param name="Explanation">The same in a few words, for people.</param>
public sealed record KeyEvidence(bool? Belongs, string Explanation)
{
    /// <summary>Foreign text in an explanation is cut off here, in characters.</summary>
    private const int MaxQuotedLength = 300;

    private static readonly SearchValues<char> SchemeCharacters =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+-.");

    private static readonly string[] UrlMembers = ["software_url", "url"];

    /// <summary>Reads the text. Its signature is not looked at.</summary>
    /// <remarks>
    /// A member says something only when it has the form of what it names: <c>key</c> is a key, <c>urlmd5</c> has 32 hexadecimal digits, <c>url</c> and
    /// <c>software_url</c> are URLs or absolute paths. Deployed tools fill members that they have no value for with words: every entry of a
    /// repository's clone has <c>"urlmd5": "notused"</c>.
    /// </remarks>
    public static KeyEvidence Of(EntryKey key, SignedEntry entry)
    {
        string? urlMd5 = UrlMd5.Find(key);
        string? proof = null;
        using JsonDocument information = JsonDocument.Parse(entry.Information);
        foreach (JsonProperty member in information.RootElement.EnumerateObject())
        {
            if (member.Value.ValueKind != JsonValueKind.String)
                continue;
            string value = member.Value.GetString()!;
            bool? belongs = member.NameEquals("key"u8) ? NamesKey(key, value) : urlMd5 is null ? null : NamesUrl(urlMd5, member.Name, value);
            // One member that names another key is enough.
            if (belongs == false)
                return new KeyEvidence(false, Contradiction(member.Name, value));
            if (belongs == true)
                proof = member.NameEquals("key"u8) ? "it names this key" : proof ?? $"its {member.Name} is the one in this key";
        }

        return proof is null ? new KeyEvidence(null, "nothing in it says for which key it is") : new KeyEvidence(true, proof);
    }

    private static bool? NamesKey(EntryKey key, string value) =>
        value == key.Value ? true : EntryKey.TryCreate(value, out _, out _) ? false : null;

    private static bool? NamesUrl(string urlMd5, string member, string value)
    {
        if (member == "urlmd5")
            return UrlMd5.IsMd5(value) ? string.Equals(value, urlMd5, StringComparison.OrdinalIgnoreCase) : null;
        if (!UrlMembers.Contains(member))
            return null;
        return UrlMd5.Of(value) == urlMd5 ? true : NamesPlace(value) ? false : null;
    }

    /// <summary>Whether a text is an absolute path or begins with a scheme, as RFC 3986, 3.1 has it.</summary>
    private static bool NamesPlace(string text)
    {
        int colon = text.IndexOf(':');
        return text.StartsWith('/') ||
            (colon > 0 && colon < text.Length - 1 && char.IsAsciiLetter(text[0]) &&
             text.AsSpan(0, colon).IndexOfAnyExcept(SchemeCharacters) < 0);
    }

    private static string Contradiction(string member, string value) => member switch
    {
        "key" => $"a replay: it was signed for another key ({Quote(value)})",
        "urlmd5" => $"a replay: it was signed for another URL (member urlmd5 is {Quote(value)})",
        _ => $"a replay: it was signed for another URL ({Quote(value)})",
    };

    private static string Quote(string text) => EntryInformation.OneLine(text.Length > MaxQuotedLength ? text[..MaxQuotedLength] : text).Trim();
}
