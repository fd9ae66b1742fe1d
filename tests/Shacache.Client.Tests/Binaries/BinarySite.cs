using System.Collections.Concurrent;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Shacache.Client.Archives;
using Shacache.Client.Binaries;
using Shacache.Client.Configuration;
using Shacache.Client.Entries;
using Shacache.Client.Tests.Archives;
using Shacache.Client.Tests.Servers;
using Shacache.Client.Transfers;
using Shacache.Core.Platforms;
using Shacache.Core.Signing;

namespace Shacache.Client.Tests.Binaries;

/// <summary>A real server with real stores, a machine that builds, and one that installs.</summary>
internal sealed class BinarySite : IAsyncDisposable
{
    public const string SoftwareUrl = "https://example.org/software/é.cfg";

    private readonly TemporaryFolder _folder = new();
    private readonly CacheServer _server;

    private BinarySite(CacheServer server)
    {
        _server = server;
        File.WriteAllText(_folder["signature.key"], TestKeys.First.PrivateKeyPem);
        Directory.CreateDirectory(BuildRoot);
        Directory.CreateDirectory(InstallRoot);
        CacheUrl[] cache = [CacheUrl.Parse(server.Url + "/shacache")];
        CacheUrl[] directory = [CacheUrl.Parse(server.Url + "/shadir")];
        Options = new NetworkCacheOptions
        {
            BinaryServers = new CacheServers { DownloadCache = cache, UploadCache = cache, DownloadDirectory = directory, UploadDirectory = directory },
            SignaturePrivateKeyFile = _folder["signature.key"],
            SignatureCertificateList = TestKeys.First.CertificatePem,
            RetryDelay = TimeSpan.FromMilliseconds(1),
            OnWarning = Warnings.Enqueue,
            Proxy = new Client.Http.EnvironmentProxy(_ => null),
        };
    }

    public static Platform Debian { get; } = new("x86_64-linux-gnu", new Distribution("debian", "12", "bookworm"));

    public static string Md5 { get; } = EntryKeys.UrlMd5(SoftwareUrl);

    public NetworkCacheOptions Options { get; }

    public ConcurrentQueue<string> Warnings { get; } = [];

    /// <summary>The clock of both machines; entries name the second in which they were made.</summary>
    public ShiftedClock Clock { get; } = new();

    public string BuildRoot => _folder["build"];

    public string InstallRoot => _folder["install"];

    public string Built => Path.Combine(BuildRoot, Md5);

    public string Installed => Path.Combine(InstallRoot, Md5);

    public static async Task<BinarySite> StartAsync() => new(await CacheServer.StartAsync(TestContext.Current.CancellationToken));

    /// <summary>The cache of one of the two roots; unless said otherwise the machine that installs takes what the other built.</summary>
    public BinaryCache CacheOf(
        string root, Platform? platform = null, NetworkCacheOptions? options = null, ExtractionOptions? extraction = null, bool anyRoot = true, bool? forSlapgrid = null,
        TimeSpan? buildTime = null, bool sameRootOnly = false) => new(
        options ?? Options,
        new BinaryCacheOptions
        {
            SoftwareRoot = root,
            Platform = platform ?? Debian,
            BuildTime = buildTime,
            AnyRoot = anyRoot,
            SameRootOnly = sameRootOnly,
            ForSlapgrid = forSlapgrid,
            Extraction = extraction ?? new ExtractionOptions { FlushToDisk = false },
        },
        Clock);

    /// <summary>Builds a small release; the same content gives the same release.</summary>
    public void Build(string content = "content")
    {
        Directory.CreateDirectory(Path.Combine(Built, "bin"));
        File.WriteAllText(Path.Combine(Built, "bin", "tool"), content);
        foreach (string name in (string[])["bin/tool", "bin", ""])
            File.SetLastWriteTimeUtc(Path.Combine(Built, name), DateTime.UnixEpoch.AddDays(content.Length));
    }

    public Task<PublishResult> PublishAsync(Platform? platform = null, NetworkCacheOptions? options = null, TimeSpan? buildTime = null) =>
        CacheOf(BuildRoot, platform, options, buildTime: buildTime).PublishAsync(SoftwareUrl, null, TestContext.Current.CancellationToken);

    public Task<InstallResult> InstallAsync(Platform? platform = null, NetworkCacheOptions? options = null) =>
        CacheOf(InstallRoot, platform, options).InstallAsync(SoftwareUrl, null, TestContext.Current.CancellationToken);

    /// <summary>The installed release is the small one with this content, and nothing else is there.</summary>
    public void AssertInstalled(string content)
    {
        Assert.Equal(content, File.ReadAllText(Path.Combine(Installed, "bin", "tool")));
        Assert.Equal([Installed], Directory.GetFileSystemEntries(InstallRoot));
    }

    public void AssertNothingInstalled() => Assert.Empty(Directory.GetFileSystemEntries(InstallRoot));

    public Task<IReadOnlyList<SoftwareEntry>> ListAsync() =>
        CacheOf(InstallRoot).LookUpAsync(EntryKeys.ForSoftwareRelease(SoftwareUrl), TestContext.Current.CancellationToken);

    /// <summary>Changes a byte of what the server keeps.</summary>
    public void Tamper(UploadResult stored)
    {
        string path = _server.StoredFile(stored.Digest.ToString());
        byte[] bytes = File.ReadAllBytes(path);
        bytes[bytes.Length / 2] ^= 1;
        File.WriteAllBytes(path, bytes);
    }

    public void Remove(UploadResult stored) => File.Delete(_server.StoredFile(stored.Digest.ToString()));

    public async Task<UploadResult> StoreAsync(Stream content)
    {
        using var client = new NetworkCacheClient(Options with { Servers = Options.BinaryServers });
        return await client.UploadAsync(content, null, TestContext.Current.CancellationToken);
    }

    /// <summary>Lists a content as a release for the machine that installs.</summary>
    public async Task ListAsync(UploadResult stored, string root)
    {
        Clock.Advance(TimeSpan.FromMinutes(1));
        using var client = new NetworkCacheClient(Options with { Servers = Options.BinaryServers }, Clock);
        var metadata = new JsonObject
        {
            ["software_url"] = SoftwareUrl,
            ["software_root"] = root,
            ["multiarch"] = Debian.Multiarch,
            ["os"] = new JsonArray(Debian.Distribution.Id, Debian.Distribution.Version, Debian.Distribution.Codename),
        };
        await client.IndexAsync(EntryKeys.ForSoftwareRelease(SoftwareUrl), stored.Digest, metadata, TestContext.Current.CancellationToken);
    }

    /// <summary>Puts an entry with exactly these members, signed as the Python client does, over plain HTTP.</summary>
    public async Task PutAsync(JsonObject information)
    {
        using var key = SigningKey.FromPem(TestKeys.First.PrivateKeyPem);
        string text = PythonJson.Write(information);
        using var http = new HttpClient();
        using HttpResponseMessage answer = await http.PutAsync(
            new Uri($"{_server.Url}/shadir/{Md5}"), JsonContent.Create<string[]>([text, key.Sign(text)]), TestContext.Current.CancellationToken);
        Assert.Equal(System.Net.HttpStatusCode.Created, answer.StatusCode);
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _folder.Dispose();
    }

    internal sealed class ShiftedClock : TimeProvider
    {
        private TimeSpan _shift;

        public void Advance(TimeSpan by) => _shift += by;

        public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + _shift;
    }
}
