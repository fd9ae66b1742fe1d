using System.Text.Json;
using Shacache.Client.Archives.Posix;
using Shacache.Core.Entries;

namespace Shacache.Client.Binaries;

/// <summary>The folder in which a release was built. Built software holds absolute paths to its own files, so it only works in a folder of that name.</summary>
internal static class SoftwareRoot
{
    /// <summary>Member <c>software_root</c> of an entry, without a slash at its end; null when it has none.</summary>
    public static string? Find(SignedEntry entry)
    {
        try
        {
            using var information = JsonDocument.Parse(entry.Information);
            return information.RootElement.ValueKind == JsonValueKind.Object &&
                information.RootElement.TryGetProperty("software_root", out JsonElement value) && value.ValueKind == JsonValueKind.String &&
                value.GetString() is { Length: > 0 } root ? Normalize(root) : null;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // InvalidOperationException: a text with a lone surrogate.
            return null;
        }
    }

    /// <summary>Whether what was built in one folder works in another: they have the same name, or are the same folder.</summary>
    /// <param name="built">Where it was built.</param>
    /// <param name="root">Where it is to be.</param>
    public static bool Serves(string built, string root) =>
        Normalize(built) == Normalize(root) || (OperatingSystem.IsLinux() && Identify(built) is { } there && there == Identify(root));

    /// <summary>The full path, without a slash at its end, as Python nodes write and compare it.</summary>
    public static string Resolve(string root) => Path.TrimEndingDirectorySeparator(Path.GetFullPath(root));

    private static string Normalize(string root)
    {
        string trimmed = root.TrimEnd('/');
        return trimmed.Length == 0 ? "/" : trimmed;
    }

    private static FileIdentity? Identify(string folder)
    {
        if (!folder.StartsWith('/') || folder.Contains('\0') || !Directory.Exists(folder))
            return null;
        try
        {
            using var handle = FileSystemCalls.OpenFolder(folder);
            return FileSystemCalls.GetStatus(handle).Identity;
        }
        catch (FileSystemException)
        {
            return null;
        }
    }
}
