using Shacache.Core.Accounts;

namespace Shacache.Core.Tests.Accounts;

public sealed class AccountNameTests
{
    [Theory]
    [InlineData("a", "a")]
    [InlineData("Build-1", "build-1")]
    [InlineData("COMP-1234", "comp-1234")]
    [InlineData("0._-", "0._-")]
    public void TryCreate_Legal_IsInSmallLetters(string text, string expected)
    {
        Assert.True(AccountName.TryCreate(text, out AccountName? name, out _));
        Assert.Equal(expected, name.Value);
        Assert.Equal(AccountName.Create(expected), name);
    }

    [Theory]
    [InlineData("")]
    [InlineData(" a")]
    [InlineData("a b")]
    [InlineData("-a")]
    [InlineData(".")]
    [InlineData("..")]
    [InlineData("a/b")]
    [InlineData("a\0")]
    [InlineData("a\n")]
    [InlineData("é")]
    [InlineData("\u212Aelvin")]
    [InlineData("\u0130a")]
    [InlineData("(operator)")]
    [InlineData("(anonymous)")]
    public void TryCreate_Illegal_IsRefusedOnOneLine(string text)
    {
        Assert.False(AccountName.TryCreate(text, out _, out string? problem));
        Assert.DoesNotContain('\n', problem);
        Assert.Throws<FormatException>(() => AccountName.Create(text));
    }

    [Fact]
    public void TryCreate_Length_IsThatOfACommonName()
    {
        Assert.True(AccountName.TryCreate(new string('a', 64), out _, out _));
        Assert.False(AccountName.TryCreate(new string('a', 65), out _, out string? problem));
        Assert.Equal("An account name has 1 to 64 characters, not 65.", problem);
    }
}
