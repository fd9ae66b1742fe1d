using System.Collections.Concurrent;
using Shacache.Client.Checksums;
using Shacache.Client.Configuration;
using Shacache.Client.Downloads;
using Shacache.Client.Tests.Servers;
using Shacache.Testing;

namespace Shacache.Client.Tests.Downloads;

/// <summary>A machine that fetches: its folder, its options, and what it was warned of. Quick to retry.</summary>
internal sealed class BuildMachine : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly List<DownloadCache> _caches = [];

    /// <param name="directoryUrl">Base URL of the directory; null for none.</param>
    /// <param name="contentUrl">Base URL of the content; null for none.</param>
    public BuildMachine(string? directoryUrl, string? contentUrl)
    {
        File.WriteAllText(_folder["signature.key"], TestKeys.First.PrivateKeyPem);
        Directory.CreateDirectory(_folder["files"]);
        IReadOnlyList<CacheUrl> directory = CacheUrl.ParseList(directoryUrl ?? "");
        IReadOnlyList<CacheUrl> content = CacheUrl.ParseList(contentUrl ?? "");
        Options = new NetworkCacheOptions
        {
            Servers = new CacheServers { DownloadCache = content, DownloadDirectory = directory, UploadCache = content, UploadDirectory = directory },
            SignaturePrivateKeyFile = _folder["signature.key"],
            SignatureCertificateList = TestKeys.First.CertificatePem,
            RetryDelay = TimeSpan.FromMilliseconds(1),
            OnWarning = Warnings.Enqueue,
            Proxy = new Client.Http.EnvironmentProxy(_ => null),
        };
    }

    public NetworkCacheOptions Options { get; set; }

    public ConcurrentQueue<string> Warnings { get; } = [];

    /// <summary>The names in its folder of fetched files, hidden ones too.</summary>
    public IEnumerable<string?> Names => Directory.EnumerateFileSystemEntries(_folder["files"]).Select(Path.GetFileName);

    public static BuildMachine Of(CacheServer server) => new(server.Url + "/shadir", server.Url + "/shacache");

    public string PathOf(string name) => _folder["files", name];

    public byte[] Read(string name) => File.ReadAllBytes(PathOf(name));

    public DownloadCache Open(DownloadCacheOptions? policy = null)
    {
        var cache = new DownloadCache(Options, policy);
        _caches.Add(cache);
        return cache;
    }

    public Task<FetchResult> FetchAsync(string url, DownloadCacheOptions? policy = null, params Checksum[] checksums) =>
        Open(policy).FetchToFileAsync(url, PathOf("file"), checksums, null, TestContext.Current.CancellationToken);

    public void Dispose()
    {
        foreach (DownloadCache cache in _caches)
            cache.Dispose();
        _folder.Dispose();
    }
}
