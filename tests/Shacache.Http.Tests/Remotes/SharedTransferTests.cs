using System.Net;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Shacache.Http.Gateway.Origins;
using Shacache.Http.Remotes.Indexes;
using Shacache.Http.Tests.Gateway;

namespace Shacache.Http.Tests.Remotes;

/// <summary>Many clients that ask for one file at once: its origin is asked once, and all get it while it comes, whatever kind the remote is of.</summary>
public sealed class SharedTransferTests
{
    private const int Clients = 50;
    private const int FirstBytes = 200 * 1024;
    private const int RestBytes = 100 * 1024;

    private readonly byte[] _content = RandomNumberGenerator.GetBytes(FirstBytes + RestBytes);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static TheoryData<RemoteType> Types => [.. Enum.GetValues<RemoteType>().Where(type => type != RemoteType.None)];

    [Theory]
    [MemberData(nameof(Types))]
    public async Task Get_ByManyClientsAtOnce_IsOneTransfer(RemoteType type)
    {
        var rest = new TaskCompletionSource();
        Site? site = null;
        await using OriginServer origin = await OriginServer.StartAsync(context =>
        {
            string target = context.Features.Get<IHttpRequestFeature>()!.RawTarget;
            if (target == site!.File)
                return SendAsync(context, rest.Task);
            if (site.Documents.TryGetValue(target, out string? document))
            {
                context.Response.ContentType = document.StartsWith('<') ? "text/html" : "text/plain";
                return context.Response.WriteAsync(document, context.RequestAborted);
            }

            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return Task.CompletedTask;
        });
        site = SiteOf(type, origin.Host);
        var gateway = new GatewayOptions { StallTimeout = TimeSpan.FromMinutes(10), MinBytesPerSecond = 0 };
        await using TestServer server = await RemoteSite.StartAsync(type, $"http://{origin.Host}{site.Index}", gateway: gateway);
        foreach (string path in site.AskedBefore)
            Assert.Equal(HttpStatusCode.OK, (await RemoteSite.GetAsync(server, $"/remote/{path}")).Answer.StatusCode);

        // All of them have the beginning before the origin sends the rest.
        HttpResponseMessage[] answers = await Task.WhenAll(
            Enumerable.Range(0, Clients).Select(_ => server.Client.GetAsync(new Uri($"/remote/{site.Path}", UriKind.Relative), HttpCompletionOption.ResponseHeadersRead, Token)));
        Assert.All(answers, answer => Assert.Equal(HttpStatusCode.OK, answer.StatusCode));
        rest.SetResult();

        foreach (HttpResponseMessage answer in answers)
        {
            Assert.Equal(_content, await answer.Content.ReadAsByteArrayAsync(Token));
            answer.Dispose();
        }

        Assert.Single(origin.Requests, request => request.Line == $"GET {site.File}");
    }

    private async Task SendAsync(HttpContext context, Task rest)
    {
        context.Response.ContentLength = _content.Length;
        await context.Response.Body.WriteAsync(_content.AsMemory(0, FirstBytes), context.RequestAborted);
        await rest.WaitAsync(context.RequestAborted);
        await context.Response.Body.WriteAsync(_content.AsMemory(FirstBytes), context.RequestAborted);
    }

    private Site SiteOf(RemoteType type, string host)
    {
        string sha256 = Convert.ToHexStringLower(SHA256.HashData(_content));
        return type switch
        {
            RemoteType.Files => new Site("/", "/a/b.tar.gz", "files/a/b.tar.gz"),
            RemoteType.Go => new Site("/p/", "/p/m/@v/v1.0.0.zip", "go/m/@v/v1.0.0.zip"),
            RemoteType.Maven => new Site("/m/", "/m/org/x/a/1.0/a-1.0.jar", "maven/org/x/a/1.0/a-1.0.jar", ("/m/org/x/a/1.0/a-1.0.jar.sha256", sha256)),
            RemoteType.Cargo => new Site(
                "/i/", "/dl/serde/1.0.0/download", "cargo/crates/serde/1.0.0/download",
                ("/i/config.json", $"{{\"dl\":\"http://{host}/dl\"}}"),
                ("/i/se/rd/serde", $"{{\"name\":\"serde\",\"vers\":\"1.0.0\",\"deps\":[],\"cksum\":\"{sha256}\"}}\n")),
            RemoteType.NuGet => new Site(
                "/v3/index.json", "/flat/a/1.0.0/a.1.0.0.nupkg", "nuget/flat/a/1.0.0/a.1.0.0.nupkg",
                ("/v3/index.json", $"{{\"version\":\"3.0.0\",\"resources\":[{{\"@id\":\"http://{host}/flat\",\"@type\":\"PackageBaseAddress/3.0.0\"}}]}}"),
                ("/flat/a/index.json", "{\"versions\":[\"1.0.0\"]}")),
            RemoteType.Npm => new Site(
                "/", "/p/-/p-1.0.0.tgz", "npm/p/-/p-1.0.0.tgz",
                ("/p", $"{{\"name\":\"p\",\"versions\":{{\"1.0.0\":{{\"dist\":{{\"tarball\":\"http://{host}/p/-/p-1.0.0.tgz\",\"integrity\":\"sha512-{Convert.ToBase64String(SHA512.HashData(_content))}\"}}}}}}}}")),
            RemoteType.Pypi => new Site(
                "/simple/", "/files/one.whl", $"pypi/files/p/sha256-{sha256}/one.whl",
                ("/simple/p/", $"<a href=\"/files/one.whl#sha256={sha256}\">one.whl</a>")),
            RemoteType.Apt => AptSite(sha256),
            _ => throw new ArgumentOutOfRangeException(nameof(type), type, "There is no site of that type yet."),
        };
    }

    /// <summary>Packages are compared with indexes that clients asked for before.</summary>
    private static Site AptSite(string sha256)
    {
        string packages = $"Package: a\nFilename: pool/a.deb\nSHA256: {sha256}\n";
        string hash = Convert.ToHexStringLower(SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(packages)));
        return new Site(
            "/", "/pool/a.deb", "apt/pool/a.deb",
            ("/dists/stable/InRelease", $"-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA512\n\nSuite: stable\nSHA256:\n {hash} {packages.Length} main/Packages\n-----BEGIN PGP SIGNATURE-----\n"),
            ("/dists/stable/main/Packages", packages))
        {
            AskedBefore = ["apt/dists/stable/InRelease", "apt/dists/stable/main/Packages"],
        };
    }

    /// <summary>An origin with one file.</summary>
    /// <param name="index">The path of what the remote is given as its URL.</param>
    /// <param name="file">The path of the file.</param>
    /// <param name="path">Where clients find it, below <c>/remote/</c>.</param>
    /// <param name="documents">What the origin has besides.</param>
    private sealed class Site(string index, string file, string path, params (string Path, string Text)[] documents)
    {
        public string Index => index;

        public string File => file;

        public string Path => path;

        public Dictionary<string, string> Documents { get; } = documents.ToDictionary(document => document.Path, document => document.Text, StringComparer.Ordinal);

        public IReadOnlyList<string> AskedBefore { get; init; } = [];
    }
}
