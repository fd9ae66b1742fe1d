using Shacache.Core.Platforms;

namespace Shacache.Core.Tests.Platforms;

public sealed class PythonTupleTests
{
    [Theory]
    [InlineData("()", "")]
    [InlineData("('a',)", "a")]
    [InlineData(" ( 'a' , \"b\" ) ", "a|b")]
    [InlineData("['a','b','']", "a|b|")]
    [InlineData("(u'it\\'s', 'a\\\\b', '\\xe9\\u20ac')", "it's|a\\b|é€")]
    public void TryParse_Strings_AreRead(string text, string expected)
    {
        Assert.True(PythonTuple.TryParse(text, out string[]? items));
        Assert.Equal(expected, string.Join('|', items));
    }

    [Theory]
    [InlineData("")]
    [InlineData("(")]
    [InlineData("('a'")]
    [InlineData("('a]")]
    [InlineData("('a']")]
    [InlineData("('a' 'b')")]
    [InlineData("(,)")]
    [InlineData("(1, 2)")]
    [InlineData("('a') x")]
    [InlineData("(u 'a')")]
    [InlineData("('\\x4')")]
    [InlineData("('\\q')")]
    [InlineData("('a\\")]
    [InlineData("__import__('os')")]
    public void TryParse_AnythingElse_IsRefused(string text) => Assert.False(PythonTuple.TryParse(text, out _));
}
