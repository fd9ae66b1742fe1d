using System.Text.Json;

namespace Shacache.Conformance.Wire;

/// <summary>The documents of the directory, written and read without the project's own code.</summary>
internal static class Entries
{
    public static string Pair(string information, string signature) => $"[{JsonSerializer.Serialize(information)}, {JsonSerializer.Serialize(signature)}]";

    /// <summary>A well-formed unsigned pair; <paramref name="mark"/> makes it different from others.</summary>
    public static string FreshPair(string mark = "") => Pair(FreshInformation(mark), "");

    public static string FreshInformation(string mark = "") => $$"""{"sha512": "{{Bytes.UnknownDigest()}}", "mark": "{{mark}}"}""";

    /// <summary>The pairs of a listing, in its order.</summary>
    public static (string Information, string Signature)[] Read(WireResponse listing)
    {
        Answer.HasStatus(200, listing);
        Assert.Equal("application/json", listing.Header("Content-Type")?.Split(';')[0]);
        using JsonDocument document = JsonDocument.Parse(listing.Body);
        return [.. document.RootElement.EnumerateArray().Select(pair =>
        {
            Assert.Equal(2, pair.GetArrayLength());
            return (pair[0].GetString()!, pair[1].GetString()!);
        })];
    }
}
