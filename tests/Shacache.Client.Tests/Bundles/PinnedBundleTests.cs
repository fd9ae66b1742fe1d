using System.Text.Json;
using Shacache.Client.Bundles;
using Shacache.Client.Configuration;
using Shacache.Client.Entries;
using Shacache.Client.Tests.Servers;
using Shacache.Core.Entries;
using Shacache.Testing;

namespace Shacache.Client.Tests.Bundles;

/// <summary>Every later build reads a bundle of an earlier one, which may have been stored for years.</summary>
public sealed class PinnedBundleTests
{
    private static readonly string Folder = Path.Combine(Repository.Root, "tests", "Shacache.Client.Tests", "Bundles", "pinned");

    [Fact(Timeout = TestTimeout.Milliseconds)]
    public async Task ImportAsync_VersionOne_IsWhole()
    {
        CancellationToken token = TestContext.Current.CancellationToken;
        await using CacheServer server = await CacheServer.StartAsync(token);
        CacheUrl[] directory = [CacheUrl.Parse(server.Url + "/shadir")];
        var options = new NetworkCacheOptions
        {
            Servers = new CacheServers { UploadCache = [CacheUrl.Parse(server.Url + "/shacache")], UploadDirectory = directory, DownloadDirectory = directory },
            SignatureCertificateList = await File.ReadAllTextAsync(Path.Combine(Folder, "version-1.cert"), token),
            SignaturePolicy = Core.Signing.SignaturePolicy.Strong,
            KeyBinding = KeyBinding.Strict,
        };

        BundleImportResult result = await new BundleImporter(options).ImportAsync(Path.Combine(Folder, "version-1.bundle"), null, token);

        Assert.Equal(("CN=bundle maker", 3, 0, 2), (result.Check.Signer, result.Check.AcceptedEntries, result.Check.UntrustedEntries, result.Check.Contents));
        Assert.True(result.Check.IsWhole && result.IsComplete);
        using var client = new NetworkCacheClient(options);
        IReadOnlyList<SelectedEntry> listed = await client.SelectTrustedAsync(EntryKey.Create("é %2F:="), token);
        Assert.Equal(["newer", "empty"], listed.Select(entry => JsonDocument.Parse(entry.Entry.Information).RootElement.GetProperty("name").GetString()));
        Assert.Single(await client.SelectTrustedAsync(EntryKeys.ForUrl("https://example.org/a.tar.gz"), token));
    }
}
