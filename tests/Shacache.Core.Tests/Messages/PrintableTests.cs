using System.Text.Json;
using Shacache.Core.Messages;

namespace Shacache.Core.Tests.Messages;

public sealed class PrintableTests
{
    [Theory]
    [InlineData("plain, Grüße, 漢字, 😀 \\u001b", "plain, Grüße, 漢字, 😀 \\u001b")]
    [InlineData("\u001b[2Jred\u0007", "\\u001b[2Jred\\u0007")]
    [InlineData("a\u202eb\u200bc\u00add", "a\\u202eb\\u200bc\\u00add")]
    [InlineData("a\nb\r\tc\u0085d\u2028e\u007f\u009b", "a\\u000ab\\u000d\\u0009c\\u0085d\\u2028e\\u007f\\u009b")]
    [InlineData("\U000E0041", "\\udb40\\udc41")]
    public void Of_ForeignText_ShowsWhatCouldSteerATerminal(string text, string expected) => Assert.Equal(expected, Printable.Of(text));

    /// <summary>Not an argument of the theory, since an attribute holds UTF-8.</summary>
    [Fact]
    public void Of_UnpairedSurrogates_AreEscaped() => Assert.Equal("\\ud800x\\udc00", Printable.Of("\ud800x\udc00"));

    [Fact]
    public void OfLines_Json_MeansTheSameAndKeepsItsLines()
    {
        string json = "{\n  \"a\": \"x\u202ey\u009bz\"\n}";
        string shown = Printable.OfLines(json);
        Assert.Equal("{\n  \"a\": \"x\\u202ey\\u009bz\"\n}", shown);
        Assert.Equal("x\u202ey\u009bz", JsonDocument.Parse(shown).RootElement.GetProperty("a").GetString());
    }
}
