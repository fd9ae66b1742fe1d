using Shacache.Core.Platforms;

namespace Shacache.Core.Tests.Platforms;

public sealed class DistributionTests
{
    [Theory]
    [InlineData("debian", "12", "bookworm", "debian", "12.5", "", true)]
    [InlineData("Debian", "7.0", "", "debian", "7", "wheezy", true)]
    [InlineData("raspbian", "11", "bullseye", "debian", "11.3", "", true)]
    [InlineData("Raspbian", "11", "", "raspbian", "11.1", "x", true)]
    [InlineData("debian", "12", "bookworm", "debian", "11", "bookworm", false)]
    [InlineData("debian", "1", "", "debian", "12", "", false)]
    [InlineData("ubuntu", "22.04", "jammy", "Ubuntu", "22.04", "jammy", true)]
    [InlineData("ubuntu", "22.04", "jammy", "ubuntu", "22.10", "jammy", false)]
    [InlineData("ubuntu", "22.04", "jammy", "ubuntu", "22.04", "", false)]
    [InlineData("debian", "12", "", "ubuntu", "12", "", false)]
    public void Matches_TwoSystems_AsTheRuleSays(string id, string version, string codename, string id2, string version2, string codename2, bool expected)
    {
        Distribution one = new(id, version, codename), other = new(id2, version2, codename2);

        Assert.Equal(expected, one.Matches(other));
        Assert.Equal(expected, other.Matches(one));
    }

    [Fact]
    public void ToString_EmptyParts_AreLeftOut() => Assert.Equal("debian 12", new Distribution("debian", "12", "").ToString());
}
