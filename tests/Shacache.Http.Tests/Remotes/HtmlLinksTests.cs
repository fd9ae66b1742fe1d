using System.Text;
using Shacache.Http.Remotes.Pypi;

namespace Shacache.Http.Tests.Remotes;

public sealed class HtmlLinksTests
{
    [Theory]
    [InlineData("<a href=\"x.whl\">x.whl</a>", "x.whl|x.whl")]
    [InlineData("<A\n HREF = 'x?a=1&amp;b=2#sha256=00' data-yanked>x &lt; y</A>", "x?a=1&b=2#sha256=00|x < y|data-yanked=")]
    [InlineData("<a href=x.whl rel=internal>x<b>.whl</b></a>", "x.whl|x.whl|rel=internal")]
    [InlineData("<!-- <a href=\"no\">no</a> --><a href=\"yes\">yes</a>", "yes|yes")]
    [InlineData("<abbr href=\"no\">no</abbr><a\thref=\"yes\"/>yes</a>", "yes|yes")]
    [InlineData("<a href=\"x\" data-requires-python=\"&gt;=3.8,&lt;4\">x</a>", "x|x|data-requires-python=>=3.8,<4")]
    [InlineData("<a ==\"\" href=\"x\">x</a>", "x|x|==")]
    [InlineData("<a name=\"top\"><a href=\"x\">x</a>", "||name=top", "x|x")]
    [InlineData("text < a > b <a href=\"never")]
    [InlineData("<!-- never closed <a href=\"x\">x</a>")]
    [InlineData("")]
    public async Task ReadAsync_AnyPageInAnyPieces_GivesItsLinks(string page, params string[] expected)
    {
        foreach (int step in (int[])[1, 3, 1000])
        {
            List<string> found = [];
            await foreach (HtmlLink link in HtmlLinks.ReadAsync(new JsonItemsTests.SteppedStream(Encoding.UTF8.GetBytes(page), step), TestContext.Current.CancellationToken))
            {
                found.Add(string.Join('|', (string[])
                    [link.Find("href") ?? "", link.Text, .. link.Attributes.Where(attribute => attribute.Key != "href").Select(attribute => $"{attribute.Key}={attribute.Value}")]));
            }

            Assert.Equal(expected, found);
        }
    }

    [Fact]
    public async Task ReadAsync_ElementWithoutEnd_IsGivenUpWithinBounds()
    {
        byte[] page = Encoding.UTF8.GetBytes("<a href=\"" + new string('x', 3 << 20));

        await Assert.ThrowsAsync<InvalidDataException>(async () =>
        {
            await foreach (HtmlLink _ in HtmlLinks.ReadAsync(new MemoryStream(page), TestContext.Current.CancellationToken))
                Assert.Fail("That is no link.");
        });
    }
}
