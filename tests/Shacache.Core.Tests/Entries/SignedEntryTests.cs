using Shacache.Core.Blobs;
using Shacache.Core.Entries;

namespace Shacache.Core.Tests.Entries;

public sealed class SignedEntryTests
{
    private static readonly string Sha512 = Digest.Compute([1, 2, 3]).ToString();

    [Fact]
    public void TryCreate_LegalText_TakesOutDigestAndExpiration()
    {
        Assert.True(SignedEntry.TryCreate(
            $$""" { "a": {"sha512": 1}, "sha512" : "{{Sha512.ToUpperInvariant()}}", "expiration_date": "2030-01-02T03:04:05+01:00"} """,
            "AAAA", out SignedEntry? entry, out _));
        Assert.Equal(Digest.Parse(Sha512), entry.Digest);
        Assert.Equal(new DateTimeOffset(2030, 1, 2, 2, 4, 5, TimeSpan.Zero), entry.ExpiresAt);
        DateTimeOffset end = entry.ExpiresAt!.Value;
        Assert.False(entry.IsExpired(end));
        Assert.True(entry.IsExpired(end.AddTicks(1)));
    }

    [Theory]
    [InlineData("", "The information is not JSON (line 1, byte 1): ")]
    [InlineData("  ", "The information is not JSON (line 1, byte 3): ")]
    [InlineData("{", "The information is not JSON (line 1, byte 2): ")]
    [InlineData("{\n\"a\":x}", "The information is not JSON (line 2, byte 5): ")]
    [InlineData("null", "The information is not a JSON object.")]
    [InlineData("\"sha512\"", "The information is not a JSON object.")]
    [InlineData("[{\"sha512\": \"$\"}]", "The information is not a JSON object.")]
    [InlineData("{}", "The information has no member sha512.")]
    [InlineData("{\"SHA512\": \"$\"}", "The information has no member sha512.")]
    [InlineData("{\"a\": {\"sha512\": \"$\"}}", "The information has no member sha512.")]
    [InlineData("{\"sha512\": null}", "Member sha512 of the information is not a text of 128 hexadecimal digits.")]
    [InlineData("{\"sha512\": 12}", "Member sha512 of the information is not a text of 128 hexadecimal digits.")]
    [InlineData("{\"sha512\": [\"$\"]}", "Member sha512 of the information is not a text of 128 hexadecimal digits.")]
    [InlineData("{\"sha512\": \"\"}", "Member sha512 of the information is not a text of 128 hexadecimal digits.")]
    [InlineData("{\"sha512\": \"$0\"}", "Member sha512 of the information is not a text of 128 hexadecimal digits.")]
    [InlineData("{\"sha512\": \" $\"}", "Member sha512 of the information is not a text of 128 hexadecimal digits.")]
    [InlineData("{\"sha512\": \"$\", \"sha512\": \"$\"}", "The information has two members sha512.")]
    [InlineData("{\"sha512\": \"$\", \"sha\\u0035\\u00312\": \"$\"}", "The information has two members sha512.")]
    [InlineData("{\"sha512\": \"$\"} {}", "The information is not JSON (line 1, byte 144): ")]
    [InlineData("{\"sha512\": \"$\",}", "The information is not JSON (line 1, byte 143): ")]
    [InlineData("{\"sha512\": \"$\", \"a\": NaN}", "The information is not JSON (line 1, byte 149): ")]
    [InlineData("{\"sha512\": \"$\", \"a\": -Infinity}", "The information is not JSON (line 1, byte 150): ")]
    [InlineData("{\"sha512\": \"$\", \"a\": 01}", "The information is not JSON (line 1, byte 150): ")]
    [InlineData("{\"sha512\": \"$\", \"a\": 'b'}", "The information is not JSON (line 1, byte 149): ")]
    [InlineData("{\"sha512\": \"$\" /* c */}", "The information is not JSON (line 1, byte 143): ")]
    [InlineData("{\"sha512\": \"$\", \"a\": \"\n\"}", "The information is not JSON (line 1, byte 150): ")]
    [InlineData("{\"sha512\": \"$\", \"a\": \"\\ud800\"}", "The information holds a lone surrogate.")]
    [InlineData("{\"sha512\": \"$\", \"a\": \"\\udc00\\ud800\"}", "The information holds a lone surrogate.")]
    [InlineData("{\"sha512\": \"$\", \"\\ud800\": 1}", "The information holds a lone surrogate.")]
    [InlineData("{\"sha512\": \"$\", \"a\": {\"b\": [\"\\ud83dx\"]}}", "The information holds a lone surrogate.")]
    [InlineData("\uFEFF{\"sha512\": \"$\"}", "The information begins with a byte order mark.")]
    [InlineData("{\"sha512\": \"$\", \"expiration_date\": null}", "Member expiration_date of the information is not an ISO 8601 date.")]
    [InlineData("{\"sha512\": \"$\", \"expiration_date\": 2030}", "Member expiration_date of the information is not an ISO 8601 date.")]
    [InlineData("{\"sha512\": \"$\", \"expiration_date\": \"soon\"}", "Member expiration_date of the information is not an ISO 8601 date.")]
    [InlineData("{\"sha512\": \"$\", \"expiration_date\": \"\\ud800\"}", "Member expiration_date of the information is not an ISO 8601 date.")]
    public void TryCreate_IllegalText_SaysWhyOnOneLine(string information, string expected)
    {
        Assert.False(SignedEntry.TryCreate(information.Replace("$", Sha512, StringComparison.Ordinal), "", out SignedEntry? entry, out string? problem));
        Assert.Null(entry);
        Assert.StartsWith(expected, problem, StringComparison.Ordinal);
        Assert.DoesNotContain(problem, char.IsControl);
    }

    [Fact]
    public void TryCreate_RawLoneSurrogate_IsRefused()
    {
        Assert.False(SignedEntry.TryCreate($$"""{"sha512": "{{Sha512}}", "a": "{{'\ud800'}}"}""", "", out _, out string? problem));
        Assert.Equal("The information holds a lone surrogate.", problem);
    }

    [Theory]
    [InlineData(64, true)]
    [InlineData(65, false)]
    public void TryCreate_Depth_IsBounded(int levels, bool legal)
    {
        string nested = new string('[', levels - 1) + new string(']', levels - 1);
        Assert.Equal(legal, SignedEntry.TryCreate($$"""{"sha512": "{{Sha512}}", "a": {{nested}}}""", "", out _, out string? problem));
        if (!legal)
            Assert.Contains("depth of 64", problem, StringComparison.Ordinal);
    }

    [Fact]
    public void TryCreate_MillionBracketsDeep_IsRefusedAtOnce()
    {
        Assert.False(SignedEntry.TryCreate("{\"a\":" + new string('[', 1_000_000), "", out _, out string? problem));
        Assert.Contains("depth of 64", problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", true)]
    [InlineData("AAAA", true)]
    [InlineData("AA==", true)]
    [InlineData("AA\nAA\n", true)]
    [InlineData(" A A A A ", true)]
    [InlineData("+/+/", true)]
    [InlineData("AAA", false)]
    [InlineData("A", false)]
    [InlineData("AA=", false)]
    [InlineData("AA==AA==", false)]
    [InlineData("=AAA", false)]
    [InlineData("AAAA=", false)]
    [InlineData("-_-_", false)]
    [InlineData("AAAA\r\n", false)]
    [InlineData("AA\tAA", false)]
    [InlineData("!!!", false)]
    [InlineData("ÀAAA", false)]
    [InlineData("AAAA\0", false)]
    public void TryCreate_Signature_IsBase64WithSpacesAndLineFeedsOrEmpty(string signature, bool legal)
    {
        Assert.Equal(legal, SignedEntry.TryCreate($$"""{"sha512": "{{Sha512}}"}""", signature, out SignedEntry? entry, out string? problem));
        Assert.Equal(legal ? null : "The signature is neither base64 nor empty.", problem);
        Assert.Equal(legal ? signature : null, entry?.Signature);
    }
}
