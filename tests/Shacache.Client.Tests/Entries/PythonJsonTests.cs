using System.Text.Json;
using System.Text.Json.Nodes;
using Shacache.Client.Entries;
using Shacache.Client.Tests.Configuration;

namespace Shacache.Client.Tests.Entries;

public sealed class PythonJsonTests
{
    [Fact]
    public void Write_GoldenCases_WritesWhatPythonWrites()
    {
        foreach (JsonElement golden in Golden.Read("pythonjson.json").EnumerateArray())
        {
            string written = PythonJson.Write(JsonNode.Parse(golden.GetProperty("input").GetString()!));
            Assert.Equal(golden.GetProperty("expected").GetString(), written);
        }
    }

    [Fact]
    public void Write_ValuesOfDotNet_AreWrittenAsJson()
    {
        var value = new JsonObject { ["é"] = 1.5, ["n"] = long.MaxValue, ["t"] = "a\"é", ["l"] = new JsonArray(true, null), ["d"] = 100m };
        Assert.Equal("""{"\u00e9": 1.5, "n": 9223372036854775807, "t": "a\"\u00e9", "l": [true, null], "d": 100}""", PythonJson.Write(value));
    }

    [Fact]
    public void Write_NumberThatNoDoubleHolds_IsRefused() =>
        Assert.Throws<ArgumentException>(() => PythonJson.Write(JsonNode.Parse("1e999")));

    [Fact]
    public void Write_EndlesslyNested_IsRefused()
    {
        JsonNode value = new JsonArray();
        for (int i = 0; i < 64; i++)
            value = new JsonArray(value);
        Assert.Throws<ArgumentException>(() => PythonJson.Write(value));
    }
}
