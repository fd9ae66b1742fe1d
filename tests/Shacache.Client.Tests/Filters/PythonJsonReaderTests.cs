using System.Buffers.Binary;
using System.Numerics;
using System.Text.Json;

namespace Shacache.Client.Filters;

public sealed class PythonJsonReaderTests
{
    [Fact]
    public void Parse_TextsThatPythonWasGiven_GivesTheSameValuesAndRefusals()
    {
        IReadOnlyList<JsonElement> cases = PythonData.Read("texts.json");
        Assert.True(cases.Count > 100);
        Assert.Multiple([.. cases.Select<JsonElement, Action>(each => () =>
            Assert.Equal((each.GetProperty("text").GetRawText(), each.GetProperty("value").GetString()),
                (each.GetProperty("text").GetRawText(), DescribeOrNull(Text(each.GetProperty("text"))))))]);
    }

    [Fact]
    public void Parse_DeepNesting_IsRefusedWithoutOverflow()
    {
        Assert.NotNull(PythonJsonReader.Parse(new string('[', 64) + new string(']', 64)));
        FormatException e = Assert.Throws<FormatException>(() => PythonJsonReader.Parse(new string('[', 1_000_000)));
        Assert.Equal("nested deeper than 64 levels", e.Message);
    }

    [Theory]
    [InlineData("[1", "it ends too early")]
    [InlineData("", "it ends too early")]
    [InlineData("4.2.1", "unexpected character '.' at position 4")]
    [InlineData("\"a\nb\"", "unexpected character U+000A at position 3")]
    public void Parse_BadText_SaysWhere(string text, string message) =>
        Assert.Equal(message, Assert.Throws<FormatException>(() => PythonJsonReader.Parse(text)).Message);

    /// <summary>Text of a JSON string that may hold lone surrogates, which System.Text.Json does not hand out.</summary>
    private static string Text(JsonElement element) => (string)PythonJsonReader.Parse(element.GetRawText())!;

    private static string? DescribeOrNull(string text)
    {
        try
        {
            return Describe(PythonJsonReader.Parse(text));
        }
        catch (FormatException)
        {
            return null;
        }
    }

    private static string Describe(object? value)
    {
        switch (value)
        {
            case null:
                return "null";
            case bool flag:
                return flag ? "true" : "false";
            case BigInteger integer:
                return $"i{integer}";
            case double number:
                byte[] bits = new byte[8];
                BinaryPrimitives.WriteDoubleBigEndian(bits, number);
                return double.IsNaN(number) ? "fnan" : "f" + Convert.ToHexStringLower(bits);
            case string text:
                return "s" + Convert.ToHexStringLower([.. text.SelectMany(unit => new[] { (byte)(unit >> 8), (byte)unit })]);
            case IReadOnlyList<object?> list:
                return $"[{string.Join(',', list.Select(Describe))}]";
            default:
                var members = (IReadOnlyDictionary<string, object?>)value;
                return $"{{{string.Join(',', members.Select(member => Describe(member.Key) + ":" + Describe(member.Value)).Order(StringComparer.Ordinal))}}}";
        }
    }
}
