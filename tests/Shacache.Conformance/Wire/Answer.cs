namespace Shacache.Conformance.Wire;

/// <summary>What answers must look like, whatever they answer.</summary>
internal static class Answer
{
    public static void HasStatus(int expected, WireResponse response) =>
        Assert.True(response.Status == expected, $"Expected {expected}, got: {response}");

    /// <summary>An error: the status, and one line of text that says what was wrong (docs/protocol.md, "Errors").</summary>
    public static void IsOneLineError(int expected, WireResponse response, bool toHead = false)
    {
        HasStatus(expected, response);
        Assert.Equal("text/plain; charset=utf-8", response.Header("Content-Type"));
        if (!toHead)
            IsOneLine(response);
    }

    /// <summary>Some 4xx with one line.</summary>
    public static void IsOneLineRefusal(WireResponse response)
    {
        Assert.True(response.Status is >= 400 and < 500, $"Expected a 4xx, got: {response}");
        IsOneLineError(response.Status, response);
    }

    private static void IsOneLine(WireResponse response)
    {
        string line = response.Text.TrimEnd('\n');
        Assert.True(line.Length is > 10 and < 500, $"This says nothing useful: {response}");
        Assert.False(line.Any(char.IsControl), $"This is not one line of text: {response}");
        Assert.DoesNotContain("Exception", line, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", line, StringComparison.Ordinal);
    }
}
