using Shacache.Core.Savings;

namespace Shacache.Core.Tests.Savings;

public sealed class KeyPrefixTests
{
    [Theory]
    [InlineData("file-urlmd5:0123456789abcdef0123456789abcdef", "file-urlmd5:")]
    [InlineData("pypi:requests=2.0:x", "pypi:")]
    [InlineData("slapos-buildout-0123456789abcdef0123456789abcdef", "slapos-buildout-")]
    [InlineData("0123456789abcdef0123456789abcdef", KeyPrefix.Other)]
    [InlineData("-0123456789abcdef0123456789abcdef", KeyPrefix.Other)]
    [InlineData("slapos-buildout-0123456789abcdef0123456789abcdeg", KeyPrefix.Other)]
    [InlineData("plain", KeyPrefix.Other)]
    [InlineData(":x", KeyPrefix.Other)]
    public void Of_Key_IsItsBeginning(string key, string prefix) => Assert.Equal(prefix, KeyPrefix.Of(key));

    [Fact]
    public void Of_LongPrefix_IsOther() => Assert.Equal(KeyPrefix.Other, KeyPrefix.Of(new string('a', 64) + ":x"));
}
