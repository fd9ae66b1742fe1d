using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using Shacache.Core.Entries;

namespace Shacache.Core.Platforms;

/// <summary>Reads the platform out of an entry of the binary cache, in its current and its legacy form (docs/protocol.md, "Binary cache").</summary>
public static class EntryPlatform
{
    /// <summary>Says in one line why the software of an entry does not run on a machine; null when it does.</summary>
    /// <param name="entry">The entry.</param>
    /// <param name="machine">The machine.</param>
    public static string? FindMismatch(SignedEntry entry, Platform machine) =>
        TryRead(entry.Information, out Platform? built, out string? problem) ? machine.FindMismatch(built) : problem;

    /// <summary>Reads members <c>multiarch</c> and <c>os</c>, or the older <c>machine</c> with <c>os</c> as the text of a Python tuple.</summary>
    /// <param name="information">The JSON text of an entry.</param>
    /// <param name="platform">Where the software was built.</param>
    /// <param name="problem">One line that says why it cannot be told.</param>
    public static bool TryRead(string information, [NotNullWhen(true)] out Platform? platform, [NotNullWhen(false)] out string? problem)
    {
        platform = null;
        try
        {
            using var document = JsonDocument.Parse(information);
            problem = Read(document.RootElement, out platform);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // InvalidOperationException: a text with a lone surrogate.
            problem = "the entry is not valid JSON";
        }

        return problem is null;
    }

    private static string? Read(JsonElement root, out Platform? platform)
    {
        platform = null;
        if (root.ValueKind != JsonValueKind.Object)
            return "the entry is not a JSON object";
        string? multiarch = ReadMultiarch(root);
        if (multiarch is null)
            return "the entry names no multiarch, so it cannot be told what it was built for";
        if (!root.TryGetProperty("os", out JsonElement os))
            return "the entry names no os, so it cannot be told what it was built on";

        string?[] parts = [];
        if (os.ValueKind == JsonValueKind.Array)
            parts = [.. os.EnumerateArray().Select(part => part.ValueKind == JsonValueKind.String ? part.GetString() : null)];
        else if (os.ValueKind == JsonValueKind.String && PythonTuple.TryParse(os.GetString(), out string[]? items))
            parts = items;
        if (parts is not [{ Length: > 0 } id, { } version, { } codename])
            return "member os of the entry is not [id, version, codename]";
        platform = new Platform(multiarch, new Distribution(id, version, codename));
        return null;
    }

    /// <summary>Old entries name the processor alone, and there were no others than this one.</summary>
    private static string? ReadMultiarch(JsonElement root)
    {
        if (root.TryGetProperty("multiarch", out JsonElement multiarch))
            return multiarch.ValueKind == JsonValueKind.String && multiarch.GetString() is { Length: > 0 } name ? name : null;
        return root.TryGetProperty("machine", out JsonElement machine) && machine.ValueKind == JsonValueKind.String && machine.ValueEquals("x86_64")
            ? "x86_64-linux-gnu"
            : null;
    }
}
