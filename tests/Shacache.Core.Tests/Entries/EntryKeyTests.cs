using FsCheck;
using FsCheck.Fluent;
using Shacache.Core.Entries;
using Shacache.Testing.Entries;

namespace Shacache.Core.Tests.Entries;

public sealed class EntryKeyTests
{
    [Theory]
    [InlineData("file-urlmd5:0123", "file-urlmd5:0123")]
    [InlineData("file-urlmd5%3A0123", "file-urlmd5:0123")]
    [InlineData("pypi:foo=1.0", "pypi:foo=1.0")]
    [InlineData("pypi%3afoo%3D1.0", "pypi:foo=1.0")]
    [InlineData("%252F", "%2F")]
    [InlineData("%25252F", "%252F")]
    [InlineData("100%", "100%")]
    [InlineData("%", "%")]
    [InlineData("%4", "%4")]
    [InlineData("%zz", "%zz")]
    [InlineData("%4g%41", "%4gA")]
    [InlineData("%%41", "%A")]
    [InlineData("%%%", "%%%")]
    [InlineData("a+b", "a+b")]
    [InlineData("a%2Bb%20c", "a+b c")]
    [InlineData("caf%C3%A9", "café")]
    [InlineData("café", "café")]
    [InlineData("%F0%9F%98%80😀", "😀😀")]
    [InlineData("...", "...")]
    [InlineData(".a", ".a")]
    [InlineData("%252e%252e", "%2e%2e")]
    [InlineData("a\\b", "a\\b")]
    [InlineData("%EF%BB%BFa", "\uFEFFa")]
    public void TryParsePathSegment_LegalSegment_IsDecodedOnce(string segment, string expected)
    {
        Assert.True(EntryKey.TryParsePathSegment(segment, out EntryKey? key, out string? problem), problem);
        Assert.Equal(expected, key.Value);
    }

    [Theory]
    [InlineData("", "The key is empty.")]
    [InlineData(".", "The key is '.' or '..'.")]
    [InlineData("..", "The key is '.' or '..'.")]
    [InlineData("%2e", "The key is '.' or '..'.")]
    [InlineData("%2E.", "The key is '.' or '..'.")]
    [InlineData("%2F", "The key holds a slash.")]
    [InlineData("a/b", "The key holds a slash.")]
    [InlineData("..%2fetc", "The key holds a slash.")]
    [InlineData("a%00", "The key holds a control character (U+0000).")]
    [InlineData("a%0A", "The key holds a control character (U+000A).")]
    [InlineData("a%1f", "The key holds a control character (U+001F).")]
    [InlineData("a%7F", "The key holds a control character (U+007F).")]
    [InlineData("a%C2%80", "The key holds a control character (U+0080).")]
    [InlineData("a%C2%9f", "The key holds a control character (U+009F).")]
    [InlineData("\u0085", "The key holds a control character (U+0085).")]
    [InlineData("%C3", "The key is not valid UTF-8.")]
    [InlineData("%C3é", "The key is not valid UTF-8.")]
    [InlineData("%FF", "The key is not valid UTF-8.")]
    [InlineData("%C0%AF", "The key is not valid UTF-8.")]
    [InlineData("%E0%80%AF", "The key is not valid UTF-8.")]
    [InlineData("%ED%A0%80", "The key is not valid UTF-8.")]
    [InlineData("%F4%90%80%80", "The key is not valid UTF-8.")]
    public void TryParsePathSegment_IllegalSegment_SaysWhy(string segment, string expected)
    {
        Assert.False(EntryKey.TryParsePathSegment(segment, out EntryKey? key, out string? problem));
        Assert.Null(key);
        Assert.Equal(expected, problem);
    }

    // Lone surrogates do not survive as test data, hence apart.
    [Fact]
    public void TryParsePathSegment_LoneSurrogate_IsRefused()
    {
        foreach (string text in (string[])["\ud800", "a\udc00b", "%41\ud83d", "\ude00\ud83d"])
        {
            Assert.False(EntryKey.TryParsePathSegment(text, out _, out string? problem));
            Assert.Equal("The key is not valid Unicode (a lone surrogate).", problem);
            Assert.False(EntryKey.TryCreate(text.Replace("%41", "A", StringComparison.Ordinal), out _, out problem));
            Assert.Equal("The key is not valid Unicode (a lone surrogate).", problem);
        }
    }

    [Theory]
    [InlineData("k", 1024, true)]
    [InlineData("k", 1025, false)]
    [InlineData("%41", 1024, true)]
    [InlineData("%41", 1025, false)]
    [InlineData("é", 512, true)]
    [InlineData("é", 513, false)]
    [InlineData("%C3%A9", 512, true)]
    [InlineData("%C3%A9", 513, false)]
    [InlineData("😀", 256, true)]
    [InlineData("😀", 257, false)]
    [InlineData("%", 1024, true)]
    [InlineData("%", 1025, false)]
    [InlineData("%41", 1_000_000, false)]
    public void TryParsePathSegment_Length_IsCountedInBytesOfTheKey(string piece, int times, bool legal)
    {
        string segment = string.Concat(Enumerable.Repeat(piece, times));
        Assert.Equal(legal, EntryKey.TryParsePathSegment(segment, out _, out string? problem));
        Assert.Equal(legal ? null : "The key is longer than 1024 bytes of UTF-8.", problem);
    }

    [Fact]
    public void TryParsePathSegment_PlainKey_AllocatesTextAndKeyOnly()
    {
        const string Segment = "file-urlmd5:0123456789abcdef0123456789abcdef";
        Parse();
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 1000; i++)
            Parse();
        long perKey = (GC.GetAllocatedBytesForCurrentThread() - before) / 1000;
        // 22 bytes and two for each character of a string, 24 of the key, both rounded to 8.
        Assert.InRange(perKey, 1, 112 + 32);

        static void Parse() => Assert.True(EntryKey.TryParsePathSegment(Segment, out _, out _));
    }

    [Fact]
    public void ToPathSegment_AnyLegalKey_RoundTrips() =>
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(2000), Prop.ForAll(EntryGenerators.Keys, key =>
        {
            string segment = key.ToPathSegment();
            return !segment.AsSpan().ContainsAny("/?#\\ ") && EntryKey.TryParsePathSegment(segment, out EntryKey? again, out _) && again == key;
        }));

    [Fact]
    public void TryParsePathSegment_AnyText_NeverThrowsAndGivesAKeyOrOneLine()
    {
        var random = new Random(7);
        const string Alphabet = "%%%%0123456789ABCDEFabcdefg./\\é😀\u0000\u0085 k";
        for (int round = 0; round < 20_000; round++)
        {
            string text = new([.. Enumerable.Range(0, random.Next(12)).Select(_ => Alphabet[random.Next(Alphabet.Length)])]);
            if (EntryKey.TryParsePathSegment(text, out EntryKey? key, out string? problem))
                Assert.True(EntryKey.TryCreate(key.Value, out _, out _));
            else
                Assert.DoesNotContain(problem, char.IsControl);
        }
    }

    [Fact]
    public void Create_IllegalKey_ThrowsWithTheReason() =>
        Assert.Equal("The key is empty.", Assert.Throws<FormatException>(() => EntryKey.Create("")).Message);

    [Fact]
    public void Equals_KeysThatLookAlike_AreDifferent()
    {
        Assert.Equal(EntryKey.Create("a"), EntryKey.Create("a"));
        Assert.NotEqual(EntryKey.Create("a"), EntryKey.Create("A"));
        Assert.NotEqual(EntryKey.Create("é"), EntryKey.Create("e\u0301"));
    }
}
