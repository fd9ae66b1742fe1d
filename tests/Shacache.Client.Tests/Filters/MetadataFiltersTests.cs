using System.Text.Json;

namespace Shacache.Client.Filters;

public sealed class MetadataFiltersTests
{
    private static readonly string[] Versions = ["""{"version": [4, 10]}""", """{"version": [4, 2]}""", """{"version": [3]}""", """{"version": [4, 2]}""", "{}"];

    [Fact]
    public void Apply_ChainsThatPythonWasGiven_PassesTheSameEntries()
    {
        IReadOnlyList<JsonElement> cases = PythonData.Read("chains.json");
        Assert.True(cases.Count(each => each.GetProperty("passing").GetArrayLength() > 0) > 80);
        foreach (JsonElement each in cases)
        {
            string[] entries = [.. each.GetProperty("entries").EnumerateArray().Select(entry => entry.GetString()!)];
            IReadOnlyList<int> passing = Filters([.. each.GetProperty("filters").EnumerateArray().Select(filter => filter.GetString()!)])
                .Apply(Enumerable.Range(0, entries.Length), number => entries[number], _ => { });
            Assert.True(
                passing.SequenceEqual(each.GetProperty("passing").EnumerateArray().Select(number => number.GetInt32())),
                $"{each.GetRawText()} but [{string.Join(", ", passing)}] pass.");
        }
    }

    [Fact]
    public void Apply_LowestOfAtLeast_PassesTheOldestThatIsNewEnough()
    {
        List<string> warnings = [];
        Assert.Equal([1, 3], Filters("version>=[4,2]", "version<<Infinity").Apply([0, 1, 2, 3, 4], number => Versions[number], warnings.Add));
        Assert.Equal([0], Filters("version>>-Infinity").Apply([0, 1, 2, 3, 4], number => Versions[number], warnings.Add));
        Assert.Empty(warnings);
    }

    [Fact]
    public void Apply_InfiniteBoundInTheOtherDirection_ComparesWithNumbersOnly() =>
        Assert.Equal(["""{"v": 1}"""], Filters("v>>-Infinity", "v<Infinity").Apply(["""{"v": 1}""", """{"v": "x"}"""], text => text, _ => { }));

    [Fact]
    public void Apply_NoFilters_PassesAllWithoutReadingThem() =>
        Assert.Equal([1, 2], Filters().Apply([1, 2], _ => throw new InvalidOperationException(), _ => { }));

    [Fact]
    public void Apply_ValuesThatDoNotCompare_AreSkippedWithAWarningEach()
    {
        List<string> warnings = [];
        IReadOnlyList<string> passing = Filters("a>1").Apply(["""{"a": 2}""", """{"a": "2"}""", """{"a": null}""", "{}"], text => text, warnings.Add);
        Assert.Equal(["""{"a": 2}"""], passing);
        Assert.Equal(Enumerable.Repeat("An entry is skipped: its a does not compare with 1.", 2), warnings);
    }

    [Theory]
    [InlineData("[1]", "it is not a JSON object")]
    [InlineData("{\"a\": 1", "it ends too early")]
    public void Apply_MetadataThatCannotBeRead_IsSkippedWithAWarning(string information, string problem)
    {
        List<string> warnings = [];
        Assert.Equal(["""{"a": 1}"""], Filters("a==1").Apply([information, """{"a": 1}"""], text => text, warnings.Add));
        Assert.Equal([$"An entry is skipped: its metadata cannot be read, {problem}."], warnings);
    }

    private static MetadataFilters Filters(params string[] texts) => new([.. texts.Select(text =>
        MetadataFilter.TryParse(text, out MetadataFilter? filter, out string? problem) ? filter : throw new FormatException(problem))]);
}
