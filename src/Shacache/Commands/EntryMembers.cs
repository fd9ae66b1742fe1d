using System.Text.Json;
using Shacache.Core.Entries;

namespace Shacache.Cli.Commands;

/// <summary>Reads single members of an entry.</summary>
internal static class EntryMembers
{
    /// <summary>A member that is a text and not empty; null otherwise.</summary>
    public static string? FindText(SignedEntry entry, string name)
    {
        using var information = JsonDocument.Parse(entry.Information);
        return information.RootElement.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String &&
            value.GetString() is { Length: > 0 } text
                ? text
                : null;
    }
}
