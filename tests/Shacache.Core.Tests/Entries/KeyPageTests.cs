using System.Text;
using Shacache.Core.Entries;

namespace Shacache.Core.Tests.Entries;

public sealed class KeyPageTests
{
    [Fact]
    public void Merge_OnePageEndsEarly_HoldsNothingBehindItsEnd()
    {
        KeyPage merged = KeyPage.Merge([Page(["a", "c"], "c"), Page(["b", "c", "d"], null)], limit: 10);

        Assert.Equal(["a", "b", "c"], merged.Keys.Select(key => key.Value));
        Assert.Equal("c", merged.Next?.Value);
    }

    [Fact]
    public void Merge_MoreKeysThanTheLimit_GoesOnBehindTheLast()
    {
        KeyPage merged = KeyPage.Merge([Page(["a", "c"], null), Page(["b", "d"], null)], limit: 3);

        Assert.Equal(["a", "b", "c"], merged.Keys.Select(key => key.Value));
        Assert.Equal("c", merged.Next?.Value);
    }

    [Fact]
    public void Merge_LastPages_IsTheLast()
    {
        KeyPage merged = KeyPage.Merge([Page(["a"], null), Page(["a"], null)], limit: 1);

        Assert.Equal(["a"], merged.Keys.Select(key => key.Value));
        Assert.Null(merged.Next);
    }

    [Theory]
    [InlineData("a", "b")]
    [InlineData("a", "aa")]
    [InlineData("Z", "a")]
    [InlineData("\uFFFD", "😀")]
    [InlineData("\uD7FF", "😀")]
    [InlineData("😀", "😁")]
    [InlineData("😀", "😀a")]
    public void KeyOrder_AnyKeys_IsThatOfTheirBytes(string first, string second)
    {
        Assert.True(Encoding.UTF8.GetBytes(first).AsSpan().SequenceCompareTo(Encoding.UTF8.GetBytes(second)) < 0);
        Assert.True(KeyOrder.Instance.Compare(EntryKey.Create(first), EntryKey.Create(second)) < 0);
        Assert.True(KeyOrder.Instance.Compare(EntryKey.Create(second), EntryKey.Create(first)) > 0);
    }

    private static KeyPage Page(string[] keys, string? next) => new([.. keys.Select(EntryKey.Create)], next is null ? null : EntryKey.Create(next));
}
