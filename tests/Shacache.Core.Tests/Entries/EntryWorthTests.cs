using Shacache.Core.Blobs;
using Shacache.Core.Entries;
using Shacache.Testing.Entries;

namespace Shacache.Core.Tests.Entries;

public sealed class EntryWorthTests
{
    [Theory]
    [InlineData("", 0, 0)]
    [InlineData(""", "build_seconds": 5700""", 5700, 0)]
    [InlineData(""", "build_seconds": 1.5e1, "fetch_seconds": 0.25""", 15, 0.25)]
    [InlineData(""", "build_seconds": 1e300""", 30 * 86_400, 0)]
    [InlineData(""", "build_seconds": -1, "fetch_seconds": "7" """, 0, 0)]
    [InlineData(""", "build_seconds": {"build_seconds": 7}, "x": {"fetch_seconds": 7}""", 0, 0)]
    [InlineData(""", "build_seconds": null""", 0, 0)]
    public void Of_Information_IsItsNumbersUpToAMonth(string members, double buildSeconds, double fetchSeconds)
    {
        SignedEntry entry = EntryGenerators.Entry($$"""{"sha512": "{{Digest.Compute([1])}}"{{members}}}""", "");
        Assert.Equal(new EntryWorth(TimeSpan.FromSeconds(buildSeconds), TimeSpan.FromSeconds(fetchSeconds)), EntryWorth.Of(entry));
    }
}
