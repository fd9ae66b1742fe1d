using System.Text.Json;
using System.Text.Json.Nodes;
using Shacache.Core.Entries;

namespace Shacache.Client.Entries;

/// <summary>Finds out whether an entry that is about to be put is listed already but for the time at which it was made.</summary>
internal static class ListedTwin
{
    /// <summary>Members that differ although nothing else does: when it was made, and the signature of that.</summary>
    private static readonly string[] Varying = ["created", "sig2"];

    /// <summary>Members by which clients choose among the entries of one key: entries that differ in them do not stand in each other's way.</summary>
    private static readonly string[] Choosing = ["multiarch", "machine", "os", "software_root"];

    /// <summary>The listed entry that makes another one of no use.</summary>
    /// <param name="listed">What is listed, newest first.</param>
    /// <param name="entry">What is about to be put under the same key.</param>
    /// <param name="isOwn">Whether a listed entry was signed by the same key.</param>
    /// <returns>Null when there is none, or when other content is listed before it: clients would take that.</returns>
    public static SignedEntry? Find(IReadOnlyList<SignedEntry> listed, SignedEntry entry, Func<SignedEntry, bool> isOwn)
    {
        JsonObject? sought = Read(entry);
        foreach (SignedEntry one in listed)
        {
            JsonObject? found = Read(one);
            if (one.Digest == entry.Digest && JsonNode.DeepEquals(found, sought) && isOwn(one))
                return one;
            if (one.Digest != entry.Digest && (found is null || Choosing.All(name => JsonNode.DeepEquals(found[name], sought?[name]))))
                return null;
        }

        return null;
    }

    private static JsonObject? Read(SignedEntry entry)
    {
        try
        {
            if (JsonNode.Parse(entry.Information) is not JsonObject information)
                return null;
            foreach (string name in Varying)
                information.Remove(name);
            return information;
        }
        catch (Exception e) when (e is JsonException or ArgumentException)
        {
            // Such as a member that is there twice.
            return null;
        }
    }
}
