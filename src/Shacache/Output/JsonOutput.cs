using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Shacache.Core.Messages;

namespace Shacache.Cli.Output;

/// <summary>JSON for people and programs: indented, its members in their order.</summary>
internal static class JsonOutput
{
    // Not for HTML: quotes and non-ASCII letters stay readable. Control characters are escaped all the same.
    private static readonly JsonSerializerOptions Options = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static string Text(JsonNode node) => Printable.OfLines(node.ToJsonString(Options));

    /// <summary>A JSON object with its members in the order of their names; of members with one name the last counts, as Python reads it.</summary>
    public static JsonNode? Sorted(string json)
    {
        using JsonDocument document = JsonDocument.Parse(json);
        return Sorted(document.RootElement);
    }

    private static JsonNode? Sorted(JsonElement element)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                var members = new SortedDictionary<string, JsonNode?>(StringComparer.Ordinal);
                foreach (JsonProperty member in element.EnumerateObject())
                    members[member.Name] = Sorted(member.Value);
                return new JsonObject(members);
            case JsonValueKind.Array:
                return new JsonArray([.. element.EnumerateArray().Select(Sorted)]);
            default:
                return JsonValue.Create(element.Clone());
        }
    }
}
