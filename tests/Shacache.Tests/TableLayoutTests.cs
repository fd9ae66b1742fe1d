using Shacache.Cli.Output;

namespace Shacache.Cli;

public sealed class TableLayoutTests
{
    private static readonly string Digest = new string('a', 64) + new string('b', 64);

    [Theory]
    [InlineData("abcdef", 6, "abcdef")]
    [InlineData("abcdefg", 6, "abc…fg")]
    [InlineData("abcdefg", 5, "ab…fg")]
    public void Shorten_TakesTheMiddle(string text, int width, string expected) => Assert.Equal(expected, TableLayout.Shorten(text, width));

    [Fact]
    public void Fit_DigestAtEightyColumns_LosesAsMuchAsItMust()
    {
        string[][] rows = [["name", "sha512", "signed"], ["foo-1.2.tar.gz", Digest, "yes"]];
        new TableLayout(80, isOneLine: false).Fit(rows);
        Assert.Equal(("foo-1.2.tar.gz", "yes"), (rows[1][0], rows[1][2]));
        Assert.Equal(80 - 10 - 14 - 6, rows[1][1].Length);
        Assert.StartsWith("aaaa", rows[1][1], StringComparison.Ordinal);
        Assert.EndsWith("bbbb", rows[1][1], StringComparison.Ordinal);
    }

    [Fact]
    public void Fit_WideEnough_ChangesNothing()
    {
        string[][] rows = [["sha512"], [Digest]];
        new TableLayout(132, isOneLine: false).Fit(rows);
        Assert.Equal(Digest, rows[1][0]);
    }

    [Fact]
    public void Fit_Prose_IsLeftToBeBroken()
    {
        string[][] rows = [["sha512", "why"], [Digest, "no trusted key signed it, and it is long, very long"]];
        int?[] widths = new TableLayout(60, isOneLine: false).Fit(rows);
        Assert.Equal((16, (int?)null), (widths[0], widths[1]));
        Assert.Equal("no trusted key signed it, and it is long, very long", rows[1][1]);
    }

    [Fact]
    public void Fit_OneLine_ShortensProseToo()
    {
        string[][] rows =
        [
            ["time", "who", "did", "to", "from", "detail"],
            ["2026-11-28 20:13:48Z", "build-1", "upload", Digest, "192.0.2.1", "1048576 bytes of something with a long tail"],
        ];
        new TableLayout(110, isOneLine: true).Fit(rows);
        Assert.Equal(110, rows[1].Sum(cell => cell.Length) + (6 * 3) + 1);
        Assert.Equal("2026-11-28 20:13:48Z", rows[1][0]);
    }
}
