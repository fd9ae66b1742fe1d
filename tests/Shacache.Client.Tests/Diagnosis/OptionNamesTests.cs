using System.Text.RegularExpressions;
using Shacache.Client.Configuration;
using Shacache.Client.Diagnosis;
using Shacache.Testing;

namespace Shacache.Client.Tests.Diagnosis;

public sealed partial class OptionNamesTests
{
    [Fact]
    public void OfNetworkCache_IsWhatTheReaderReads()
    {
        // Names of TLS files have a placeholder in the code; those of servers are properties of CacheServers.
        string code = File.ReadAllText(Path.Combine(Repository.Root, "src", "Shacache.Client", "Configuration", "NetworkCacheOptionsReader.cs"));
        IEnumerable<string> read = Texts().Matches(code).Select(text => text.Groups["name"].Value)
            .SelectMany(name => (string[])[name.Replace("{surface}", "shacache", StringComparison.Ordinal), name.Replace("{surface}", "shadir", StringComparison.Ordinal)])
            .Concat(NamesOf(new CacheServers()))
            .Concat(NamesOf(new NetworkCacheOptions().BinaryServers));
        Assert.Equal(OptionNames.OfNetworkCache.Concat(OptionNames.Superseded.Keys).Concat(OptionNames.OfNode).Order(StringComparer.Ordinal), read.Distinct().Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("download-cahce-url", "download-cache-url")]
    [InlineData("download_cache_url", "download-cache-url")]
    [InlineData("uplod-dir-url", "upload-dir-url")]
    [InlineData("upload-binary-dir-ulr", "upload-binary-dir-url")]
    [InlineData("signature_certificate_file", "signature-certificate-file")]
    [InlineData("key-bindings", "key-binding")]
    [InlineData("proxy", null)]
    [InlineData("download", null)]
    [InlineData("", null)]
    public void FindNearest_Name_IsTheOneThatWasMeant(string name, string? meant) =>
        Assert.Equal(meant, OptionNames.FindNearest(name, OptionNames.OfNetworkCache));

    [Fact]
    public void FindNearest_KnownName_IsItself() =>
        Assert.All(OptionNames.OfNetworkCache, name => Assert.Equal(name, OptionNames.FindNearest(name, OptionNames.OfNetworkCache)));

    private static string[] NamesOf(CacheServers servers) =>
        [servers.DownloadCacheOption, servers.DownloadDirectoryOption, servers.UploadCacheOption, servers.UploadDirectoryOption];

    [GeneratedRegex("\"(?<name>[a-z{}0-9]+([-_][a-z{}0-9]+)+)\"", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Texts();
}
