using System.Text.Json;
using System.Text.Json.Nodes;
using Shacache.Core.Entries;

namespace Shacache.Client.Downloads;

/// <summary>By what an origin knows a state of its file again: two headers of its answer, kept in the entry, verbatim.</summary>
/// <param name="EntityTag">Member and header <c>ETag</c>.</param>
/// <param name="LastModified">Member and header <c>Last-Modified</c>.</param>
internal sealed record OriginValidators(string? EntityTag, string? LastModified)
{
    private const string EntityTagName = "ETag";
    private const string LastModifiedName = "Last-Modified";

    public bool IsEmpty => EntityTag is null && LastModified is null;

    public static OriginValidators From(HttpResponseMessage response) =>
        new(Find(response.Headers, EntityTagName), Find(response.Content.Headers, LastModifiedName));

    public static OriginValidators From(SignedEntry entry)
    {
        using JsonDocument information = JsonDocument.Parse(entry.Information);
        return new(Find(information.RootElement, EntityTagName), Find(information.RootElement, LastModifiedName));
    }

    public void AddTo(JsonObject metadata)
    {
        if (EntityTag is not null)
            metadata[EntityTagName] = EntityTag;
        if (LastModified is not null)
            metadata[LastModifiedName] = LastModified;
    }

    private static string? Find(System.Net.Http.Headers.HttpHeaders headers, string name) =>
        headers.NonValidated.TryGetValues(name, out var values) && values.Count == 1 ? Usable(values.ToString()) : null;

    private static string? Find(JsonElement information, string name) =>
        information.TryGetProperty(name, out JsonElement member) && member.ValueKind == JsonValueKind.String ? Usable(member.GetString()) : null;

    /// <summary>What can be sent back in a header, and is of a sane length.</summary>
    private static string? Usable(string? value) =>
        value is { Length: > 0 and <= 1024 } && value.All(letter => letter is >= ' ' and < '\x7f') ? value : null;
}
