namespace Shacache.Client.Filters;

public sealed class MetadataFilterTests
{
    [Theory]
    [InlineData("version==1", "version", FilterOperator.Equal, "1")]
    [InlineData("version<1", "version", FilterOperator.Less, "1")]
    [InlineData("version<=1", "version", FilterOperator.LessOrEqual, "1")]
    [InlineData("version>1", "version", FilterOperator.Greater, "1")]
    [InlineData("version>=[4,2]", "version", FilterOperator.GreaterOrEqual, "[4,2]")]
    [InlineData("version<<Infinity", "version", FilterOperator.Lowest, "Infinity")]
    [InlineData("version>>-Infinity", "version", FilterOperator.Highest, "-Infinity")]
    [InlineData("a key==\"x==y\"", "a key", FilterOperator.Equal, "\"x==y\"")]
    [InlineData("a=<1", "a=", FilterOperator.Less, "1")]
    [InlineData("os== [\"debian\", \"12\"] ", "os", FilterOperator.Equal, " [\"debian\", \"12\"] ")]
    public void TryParse_Filter_IsDividedAtTheFirstOperator(string text, string key, FilterOperator op, string value)
    {
        Assert.True(MetadataFilter.TryParse(text, out MetadataFilter? filter, out string? problem), problem);
        Assert.Equal((key, op, value), (filter.Key, filter.Operator, filter.ValueText));
    }

    [Theory]
    [InlineData("version", "'version' is not a filter: it has none of the operators ==, <=, >=, <, >, <<, >>.")]
    [InlineData("version=1", "'version=1' is not a filter: it has none of the operators ==, <=, >=, <, >, <<, >>.")]
    [InlineData("", "'' is not a filter: it has none of the operators ==, <=, >=, <, >, <<, >>.")]
    [InlineData("==1", "'==1' is not a filter: the name of a metadata member must be directly before ==.")]
    [InlineData("version >= 4", "'version >= 4' is not a filter: the name of a metadata member must be directly before >=.")]
    [InlineData("os==debian", "'os==debian' is not a filter: its value is not JSON, unexpected character 'd' at position 1. Text needs double quotes: os==\"…\".")]
    [InlineData("v===1", "'v===1' is not a filter: its value is not JSON, unexpected character '=' at position 1. Text needs double quotes: v==\"…\".")]
    [InlineData("v>", "'v>' is not a filter: its value is not JSON, it ends too early. Text needs double quotes: v>\"…\".")]
    public void TryParse_NoFilter_SaysWhatIsWrong(string text, string expected)
    {
        Assert.False(MetadataFilter.TryParse(text, out _, out string? problem));
        Assert.Equal(expected, problem);
    }
}
