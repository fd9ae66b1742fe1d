using System.Text.Json;
using Shacache.Testing;

namespace Shacache.Client.Filters;

/// <summary>What Python 3.11 said, written by expected.py.</summary>
internal static class PythonData
{
    public static IReadOnlyList<JsonElement> Read(string name)
    {
        string path = Path.Combine(Repository.Root, "tests", "Shacache.Client.Tests", "Filters", name);
        using FileStream file = File.OpenRead(path);
        return [.. JsonDocument.Parse(file).RootElement.EnumerateArray()];
    }
}
