using Shacache.Core.Accounts;
using Shacache.Core.Entries;

namespace Shacache.Core.Tests.Accounts;

public sealed class AccountRightsTests
{
    [Theory]
    [InlineData("none", "none")]
    [InlineData("upload", "upload")]
    [InlineData(" administer , upload ", "upload,administer")]
    [InlineData("index", "index")]
    [InlineData("index:a-,index:b c:,upload", "upload,index:a-,index:b c:")]
    public void TryParse_Words_ComeBackInOrder(string text, string expected)
    {
        Assert.True(AccountRights.TryParse(text, out AccountRights? rights, out _));
        Assert.Equal(expected, rights.ToString());
        Assert.True(AccountRights.TryParse(rights.ToString(), out AccountRights? again, out _));
        Assert.Equal(rights, again);
        Assert.Equal(rights.GetHashCode(), again.GetHashCode());
    }

    [Theory]
    [InlineData("", "The rights are empty")]
    [InlineData(" ", "The rights are empty")]
    [InlineData("uplaod", "'uplaod' is not a right")]
    [InlineData("Upload", "'Upload' is not a right")]
    [InlineData("index:", "'index:' is not a right")]
    [InlineData("upload,all", "'all' is not a right")]
    [InlineData("index:a\nb", "A prefix holds a control character")]
    public void TryParse_Otherwise_IsRefused(string text, string expected)
    {
        Assert.False(AccountRights.TryParse(text, out _, out string? problem));
        Assert.StartsWith(expected, problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("none", "a-1", false)]
    [InlineData("upload,administer", "a-1", false)]
    [InlineData("index", "a-1", true)]
    [InlineData("index:a-", "a-1", true)]
    [InlineData("index:a-", "a-", true)]
    [InlineData("index:a-", "a", false)]
    [InlineData("index:a-", "A-1", false)]
    [InlineData("index:a-", "b-a-1", false)]
    [InlineData("index:a-,index:b-", "b-1", true)]
    [InlineData("index:é", "e\u0301", false)]
    public void MayIndex_Key_StartsWithAPrefix(string text, string key, bool expected)
    {
        Assert.True(AccountRights.TryParse(text, out AccountRights? rights, out _));
        Assert.Equal(expected, rights.MayIndex(EntryKey.Create(key)));
    }

    [Fact]
    public void IndexPrefixes_TooManyOrTooLong_AreRefused()
    {
        Assert.Throws<ArgumentException>(() => new AccountRights { IndexPrefixes = [.. Enumerable.Repeat("a", 65)] });
        Assert.Throws<ArgumentException>(() => new AccountRights { IndexPrefixes = [new string('a', 1025)] });
        Assert.Throws<ArgumentException>(() => new AccountRights { IndexPrefixes = ["a\nb"] });
    }

    [Fact]
    public void IndexPrefixes_ListChangedAfterwards_DoesNotChangeTheRights()
    {
        string[] prefixes = ["a"];
        var rights = new AccountRights { IndexPrefixes = prefixes };
        prefixes[0] = "";
        Assert.False(rights.MayIndex(EntryKey.Create("b")));
        Assert.NotEqual(AccountRights.None, rights);
    }
}
