using System.Text.Json;

namespace Shacache.Client.Tests.Configuration;

/// <summary>What Python made of the same input: written by Golden/make_golden.py.</summary>
internal static class Golden
{
    public static string PathOf(string name) => Path.Combine(AppContext.BaseDirectory, "Configuration", "Golden", name);

    public static JsonElement Read(string name) => JsonDocument.Parse(File.ReadAllBytes(PathOf(name))).RootElement;
}
