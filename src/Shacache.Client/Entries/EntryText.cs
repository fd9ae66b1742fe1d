using System.Globalization;
using System.Text.Json.Nodes;
using Shacache.Client.Errors;
using Shacache.Core.Blobs;
using Shacache.Core.Entries;
using Shacache.Core.Urls;

namespace Shacache.Client.Entries;

/// <summary>Composes the information of an entry: the text that is signed.</summary>
internal static class EntryText
{
    /// <summary>The digest first, then the metadata in their order, then what ties the entry to its key (docs/protocol.md, "Trust").</summary>
    /// <exception cref="ArgumentException">The metadata contradict the digest or the key, or cannot be written.</exception>
    public static string Compose(EntryKey key, Digest digest, JsonObject? metadata, DateTimeOffset created)
    {
        var information = new JsonObject { ["sha512"] = digest.ToString() };
        foreach ((string name, JsonNode? value) in metadata ?? [])
        {
            if (name != "sha512")
                information[name] = value?.DeepClone();
            else if (!Digest.TryParse(TextOf(value), out Digest stated) || stated != digest)
                throw new ArgumentException($"Member sha512 of the metadata is not the digest {digest}.", nameof(metadata));
        }

        if (information.ContainsKey("sig2"))
            throw new ArgumentException("Member sig2 of the metadata is reserved: it carries the stronger signature.", nameof(metadata));
        if (!information.ContainsKey("key"))
            information["key"] = key.Value;
        else if (TextOf(information["key"]) != key.Value)
            throw new ArgumentException($"Member key of the metadata is not the key {key}: no client would trust the entry.", nameof(metadata));
        if (!information.ContainsKey("created"))
            information["created"] = created.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
        return PythonJson.Write(information);
    }

    /// <summary>What in a key or in metadata looks like a credential, in a few words that do not hold it; null when nothing does.</summary>
    public static string? FindCredential(EntryKey key, JsonObject? metadata)
    {
        if (UrlSecrets.Find(key.Value) is { } inKey)
            return $"the key holds {inKey}";
        foreach ((string name, JsonNode? value) in metadata ?? [])
        {
            if (FindCredential(name, value, depth: 1) is { } found)
                return found;
        }

        return null;
    }

    private static string? FindCredential(string name, JsonNode? value, int depth)
    {
        if (depth > PythonJson.MaxDepth)
            return null;
        return value switch
        {
            JsonObject members => members.Select(member => FindCredential(member.Key, member.Value, depth + 1)).FirstOrDefault(found => found is not null),
            JsonArray items => items.Select(item => FindCredential(name, item, depth + 1)).FirstOrDefault(found => found is not null),
            _ => TextOf(value) is { } text && UrlSecrets.Find(name, text) is { } found ? $"member {OneLine.Of(name)} holds {found}" : null,
        };
    }

    private static string? TextOf(JsonNode? value) => value is JsonValue scalar && scalar.TryGetValue(out string? text) ? text : null;
}
