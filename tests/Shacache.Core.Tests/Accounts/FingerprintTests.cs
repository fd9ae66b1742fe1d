using System.Text;
using Shacache.Core.Accounts;

namespace Shacache.Core.Tests.Accounts;

public sealed class FingerprintTests
{
    private const string OfAbc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

    [Fact]
    public void Of_KnownBytes_IsTheirSha256() => Assert.Equal(OfAbc, Fingerprint.Of("abc"u8).Value);

    [Theory]
    [InlineData("BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD")]
    [InlineData("ba:78:16:bf:8f:01:cf:ea:41:41:40:de:5d:ae:22:23:b0:03:61:a3:96:17:7a:9c:b4:10:ff:61:f2:00:15:ad")]
    public void TryParse_OtherWaysToWriteIt_AreTheSame(string text)
    {
        Assert.True(Fingerprint.TryParse(text, out Fingerprint? fingerprint));
        Assert.Equal(Fingerprint.Of("abc"u8), fingerprint);
        Assert.Equal(fingerprint, Fingerprint.FromHash(fingerprint.ToHash()));
    }

    [Theory]
    [InlineData("")]
    [InlineData("ba7816bf 8f01cfea")]
    [InlineData("ga7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")]
    [InlineData("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad0")]
    public void TryParse_Otherwise_IsRefused(string text) => Assert.False(Fingerprint.TryParse(text, out _));

    [Fact]
    public void ToSpoken_EightGroupsOfFour() => Assert.Equal("ba78 16bf 8f01 cfea 4141 40de 5dae 2223", Fingerprint.Of("abc"u8).ToSpoken());

    [Fact]
    public void TokenSecret_Generated_IsOfTheKnownFormAndHashesAsText()
    {
        string secret = TokenSecret.Generate();
        Assert.Equal(TokenSecret.Length, secret.Length);
        Assert.StartsWith("shacache_", secret, StringComparison.Ordinal);
        Assert.NotEqual(secret, TokenSecret.Generate());
        Assert.Equal(Fingerprint.Of(Encoding.ASCII.GetBytes(secret)), TokenSecret.Hash(secret));
        Assert.Null(TokenSecret.Hash(secret + "x"));
        Assert.Null(TokenSecret.Hash(new string('x', TokenSecret.Length)));
    }
}
