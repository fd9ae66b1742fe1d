using System.Text.Json;
using Shacache.Client.Errors;
using Shacache.Core.Entries;

namespace Shacache.Client.Entries;

/// <summary>What ties an entry to the key that it is listed under (docs/protocol.md, "Replay").</summary>
/// <param name="State">What the text proves.</param>
/// <param name="Explanation">The same in a few words, for people.</param>
public sealed record BindingProof(BindingState State, string Explanation)
{
    /// <summary>Reads what the text of an entry says about its key. Whether a known key signed the text is another question.</summary>
    /// <param name="key">The key that it is listed under; null when that is not known.</param>
    /// <param name="entry">The entry.</param>
    internal static BindingProof Of(EntryKey? key, SignedEntry entry)
    {
        if (key is null)
            return WithoutKey(entry);
        var evidence = KeyEvidence.Of(key, entry);
        BindingState state = evidence.Belongs switch
        {
            true => BindingState.Proven,
            false => BindingState.Contradicted,
            null => BindingState.Absent,
        };
        return new BindingProof(state, evidence.Explanation);
    }

    private static BindingProof WithoutKey(SignedEntry entry)
    {
        using JsonDocument information = JsonDocument.Parse(entry.Information);
        foreach (JsonProperty member in information.RootElement.EnumerateObject())
        {
            if (member.NameEquals("key"u8) && member.Value.ValueKind == JsonValueKind.String)
            {
                string named = OneLine.Of(member.Value.GetString()!);
                return new BindingProof(BindingState.NotAsked, $"it is for key {named}; name the key it was listed under to have that compared");
            }
        }

        return new BindingProof(BindingState.NotAsked, "it does not say for which key it is; name the key it was listed under to have that compared");
    }
}

/// <summary>What the signed text of an entry proves about the key that it is listed under.</summary>
public enum BindingState
{
    /// <summary>It was not said under which key the entry is listed.</summary>
    NotAsked,

    /// <summary>The text says nothing about its key.</summary>
    Absent,

    /// <summary>The text names this key, or a URL whose MD5 is the one in the key.</summary>
    Proven,

    /// <summary>The text names another key or URL: the entry is a replay.</summary>
    Contradicted,
}
