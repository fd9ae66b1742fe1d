using System.Collections.Concurrent;
using System.Text;
using System.Text.Json.Nodes;
using Shacache.Client.Bundles;
using Shacache.Client.Configuration;
using Shacache.Client.Tests.Servers;
using Shacache.Client.Transfers;
using Shacache.Core.Blobs;
using Shacache.Core.Entries;
using Shacache.Testing;

namespace Shacache.Client.Tests.Bundles;

/// <summary>A folder in which bundles are made, damaged and forged, and what was refused of them.</summary>
internal sealed class BundleWorkshop : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public BundleWorkshop() => File.WriteAllText(_folder["signature.key"], TestKeys.First.PrivateKeyPem);

    public string Bundle => _folder["site.bundle"];

    public string Folder => _folder.Path;

    public ConcurrentQueue<BundleRefusal> Refused { get; } = [];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>The options of a machine that signs, and asks a server for everything.</summary>
    public NetworkCacheOptions Options(params string[] urls)
    {
        IReadOnlyList<CacheUrl> servers = [.. urls.Select(CacheUrl.Parse)];
        return new NetworkCacheOptions
        {
            Servers = new CacheServers { DownloadCache = servers, DownloadDirectory = servers, UploadCache = servers, UploadDirectory = servers },
            RetryDelay = TimeSpan.FromMilliseconds(1),
            Proxy = new Client.Http.EnvironmentProxy(_ => null),
            SignaturePrivateKeyFile = _folder["signature.key"],
            SignatureCertificateList = TestKeys.First.CertificatePem,
        };
    }

    public async Task<BundleExportResult> ExportAsync(NetworkCacheOptions options, params string[] keys) =>
        await new BundleExporter(options, new BundleExportOptions { OnRefused = Refused.Enqueue, AllowUnsigned = true })
            .ExportAsync(keys.Select(EntryKey.Create).ToAsyncEnumerable(), Bundle, null, Token);

    /// <summary>Verifies the bundle, without any server.</summary>
    public Task<BundleCheckResult> CheckAsync(bool allowUntrusted = false, string? certificates = null) =>
        new BundleImporter(
            Options() with { SignatureCertificateList = certificates ?? TestKeys.First.CertificatePem },
            new BundleImportOptions { AllowUntrusted = allowUntrusted, OnRefused = Refused.Enqueue }).CheckAsync(Bundle, null, Token);

    public Task<BundleImportResult> ImportAsync(NetworkCacheOptions options) =>
        new BundleImporter(options, new BundleImportOptions { OnRefused = Refused.Enqueue }).ImportAsync(Bundle, null, Token);

    /// <summary>Fills a cache with a signed entry.</summary>
    public async Task<Digest> FillAsync(string url, string key, byte[] content, JsonObject? more = null)
    {
        using var client = new NetworkCacheClient(Options(url));
        UploadResult stored = await client.UploadAsync(new MemoryStream(content), null, Token);
        await client.IndexAsync(EntryKey.Create(key), stored.Digest, more, Token);
        return stored.Digest;
    }

    /// <summary>Writes an unsigned bundle whose seals and digest of the index are right, whatever the index says.</summary>
    /// <param name="index">Its text.</param>
    /// <param name="body">The bytes from offset 8,192 on.</param>
    public void Forge(string index, byte[]? body = null)
    {
        byte[] bytes = Encoding.Latin1.GetBytes(index);
        long first = 8192 + (body?.Length ?? 0);
        long second = first + bytes.Length;
        long length = second + bytes.Length + BundleLayout.SealBytes + BundleLayout.EndBytes;
        byte[] seal = new BundleSeal(length, first, second, bytes.Length, Digest.Compute(bytes), null, null).ToBytes();
        byte[] file = new byte[length];
        seal.CopyTo(file, BundleLayout.FirstSealOffset);
        body?.CopyTo(file, 8192);
        bytes.CopyTo(file, first);
        bytes.CopyTo(file, second);
        seal.CopyTo(file, BundleLayout.LastSealOffset(length));
        File.WriteAllBytes(Bundle, file);
    }

    public void Dispose() => _folder.Dispose();
}
