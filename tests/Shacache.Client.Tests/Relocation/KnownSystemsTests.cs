using Shacache.Client.Relocation.Documents;
using Shacache.Client.Relocation.Reports;
using Shacache.Core.Platforms;

namespace Shacache.Client.Tests.Relocation;

/// <summary>What the name of a platform tells of its C library.</summary>
public sealed class KnownSystemsTests
{
    [Theory]
    [InlineData("debian", "11", "GLIBC_2.31", null)]
    [InlineData("Debian", "11.9", "GLIBC_2.32", "debian 11 has glibc 2.31")]
    [InlineData("debian", "12", "GLIBC_2.36", null)]
    [InlineData("debian", "12", "GLIBC_2.37", "debian 12 has glibc 2.36")]
    [InlineData("debian", "13", "GLIBC_2.41", null)]
    [InlineData("ubuntu", "22.04", "GLIBC_2.36", "ubuntu 22.04 has glibc 2.35")]
    [InlineData("rhel", "9.4", "GLIBC_2.34", null)]
    [InlineData("rhel", "9.4", "GLIBC_2.35", "rhel 9.4 has glibc 2.34")]
    [InlineData("rocky", "8.10", "GLIBC_2.34", "rocky 8.10 has glibc 2.28")]
    [InlineData("somewhere", "1", "GLIBC_2.99", null)]
    public void FindMismatch_NewerSymbols_AreNamedWhereTheSystemIsKnown(string id, string version, string needed, string? expected)
    {
        var requirements = new ReleaseRequirements { Libc = "glibc", Versions = [new RequiredVersion("libc.so.6", needed, "bin/x")] };

        string? mismatch = KnownSystems.FindMismatch(requirements, new Platform("x86_64-linux-gnu", new Distribution(id, version, "")));

        Assert.Equal(expected is null ? null : $"bin/x needs {needed} of libc.so.6, {expected}", mismatch);
    }
}
