using Shacache.Core.Platforms;

namespace Shacache.Core.Tests.Platforms;

public sealed class PlatformTests
{
    private static readonly Platform Bookworm = new("x86_64-linux-gnu", new Distribution("debian", "12", "bookworm"));

    [Fact]
    public void TryParse_WholeForm_IsRead()
    {
        Assert.True(Platform.TryParse("x86_64-linux-gnu:debian:12:bookworm", out Platform? platform, out _));
        Assert.Equal(Bookworm, platform);
        Assert.Equal("x86_64-linux-gnu:debian:12:bookworm", platform.ToString());
    }

    [Fact]
    public void TryParse_WithoutCodename_IsRead()
    {
        Assert.True(Platform.TryParse("arm-linux-gnueabihf:raspbian:11", out Platform? platform, out _));
        Assert.Equal(new Platform("arm-linux-gnueabihf", new Distribution("raspbian", "11", "")), platform);
    }

    [Theory]
    [InlineData("")]
    [InlineData("x86_64-linux-gnu")]
    [InlineData("x86_64-linux-gnu:debian")]
    [InlineData(":debian:12")]
    [InlineData("x86_64-linux-gnu::12")]
    [InlineData("x86_64-linux-gnu:debian:12:bookworm:x")]
    [InlineData("x86_64 linux:debian:12")]
    [InlineData("x86_64-linux-gnu:debian:12\n")]
    public void TryParse_AnythingElse_SaysInOneLineWhatIsWrong(string text)
    {
        Assert.False(Platform.TryParse(text, out _, out string? problem));
        Assert.DoesNotContain('\n', problem);
        Assert.NotEmpty(problem);
    }

    [Theory]
    [InlineData("x86_64-linux-gnu:debian:12.7:", null)]
    [InlineData("aarch64-linux-gnu:debian:12:bookworm", "built for aarch64-linux-gnu, this machine is x86_64-linux-gnu")]
    [InlineData("x86_64-linux-gnu:debian:11:bullseye", "built on debian 11 bullseye, this machine runs debian 12 bookworm")]
    public void FindMismatch_BuiltElsewhere_NamesBothSides(string built, string? expected)
    {
        Assert.True(Platform.TryParse(built, out Platform? platform, out _));
        Assert.Equal(expected, Bookworm.FindMismatch(platform));
        Assert.Equal(expected is null, Bookworm.Matches(platform));
    }
}
