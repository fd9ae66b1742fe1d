using System.Text.Json;
using Shacache.Core.Entries;

namespace Shacache.Client;

/// <summary>What ties an entry to the key that it is listed under (docs/protocol.md, "Replay").</summary>
/// <param name="State">What the text proves.</param>
/// <param name="Explanation">The same in a few words, for people.</param>
public sealed record BindingProof(BindingState State, string Explanation)
{
    private static readonly string[] UrlMembers = ["software_url", "url"];

    /// <summary>Reads what the text of an entry says about its key. Whether anybody signed the text is another question.</summary>
    /// <param name="key">The key that it is listed under; null when that is not known.</param>
    /// <param name="entry">The entry.</param>
    internal static BindingProof Of(EntryKey? key, SignedEntry entry)
    {
        string? urlMd5 = key is null ? null : EntryKeys.FindUrlMd5(key);
        string? proof = null;
        using JsonDocument information = JsonDocument.Parse(entry.Information);
        foreach (JsonProperty member in information.RootElement.EnumerateObject())
        {
            if (member.Value.ValueKind != JsonValueKind.String)
                continue;
            string value = member.Value.GetString()!;
            if (key is null)
            {
                if (member.NameEquals("key"u8))
                    return new BindingProof(BindingState.NotAsked, $"it is for key {OneLine.Of(value)}; name the key it was listed under to have that compared");
                continue;
            }

            // One member that speaks for another key is enough, whatever the others say.
            if (FindContradiction(key, urlMd5, member.Name, value) is { } contradiction)
                return new BindingProof(BindingState.Contradicted, contradiction);
            if (member.NameEquals("key"u8))
                proof = "it names this key";
            else if (urlMd5 is not null && (member.NameEquals("urlmd5"u8) || UrlMembers.Contains(member.Name)))
                proof ??= $"its {member.Name} is the one in this key";
        }

        if (key is null)
            return new BindingProof(BindingState.NotAsked, "it does not say for which key it is; name the key it was listed under to have that compared");
        return proof is null
            ? new BindingProof(BindingState.Absent, "nothing in it says for which key it is")
            : new BindingProof(BindingState.Proven, proof);
    }

    private static string? FindContradiction(EntryKey key, string? urlMd5, string member, string value)
    {
        if (member == "key")
            return value == key.Value ? null : $"a replay: it was signed for another key ({OneLine.Of(value)})";
        if (urlMd5 is null)
            return null;
        if (member == "urlmd5" && !string.Equals(value, urlMd5, StringComparison.OrdinalIgnoreCase))
            return $"a replay: it was signed for another URL (member urlmd5 is {OneLine.Of(value)})";
        return UrlMembers.Contains(member) && EntryKeys.UrlMd5(value) != urlMd5
            ? $"a replay: it was signed for another URL ({OneLine.Of(value)})"
            : null;
    }
}
