using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Shacache.Core.Accounts;
using Shacache.Core.Blobs;
using Shacache.Core.Entries;
using Shacache.Http.Tests.Gateway;

namespace Shacache.Http.Tests.Accounts;

/// <summary>The one server of the matrix, everybody who asks it, and what they ask for.</summary>
public sealed class MatrixSite : IAsyncLifetime
{
    private static readonly byte[] Content = "what everybody downloads"u8.ToArray();
    private static readonly Version[] Versions = [HttpVersion.Version11, HttpVersion.Version20];
    private readonly List<X509Certificate2> _certificates = [];

    // Of one key each: the same request again is no further one.
    private readonly SigningRequest _pending = NewRequest("pending");
    private readonly SigningRequest _waiting = NewRequest("waiting");
    private readonly SigningRequest _renewed = NewRequest("renewed");
    private AccountSite _site = null!;
    private OriginServer _origin = null!;
    private string _tokenId = "";
    private Fingerprint _issuedKey = null!;
    private Fingerprint _issued = null!;

    /// <summary>The callers by the names of the table's columns; each as several clients whose answers must be the same.</summary>
    internal Dictionary<string, List<HttpClient>> Callers { get; } = [];

    private static AccountRights Uploader => new() { MayUpload = true, IndexPrefixes = ["file-"] };

    private static AccountRights Administrator => new() { MayAdminister = true };

    public async ValueTask InitializeAsync()
    {
        _origin = await OriginServer.StartAsync(Content);
        _site = await AccountSite.StartAsync(cache: new CacheServerOptions
        {
            Gateway = new() { Origins = [GatewaySite.Pattern("*:*")], AllowPrivateAddresses = true },
        });
        CancellationToken token = TestContext.Current.CancellationToken;
        await new BlobIngester(_site.Server.Blobs).IngestAsync(new MemoryStream(Content), Content.Length, 1000, null, token);
        await _site.Server.Entries.AddAsync(EntryKey.Create("file-listed"), Entry(), token);

        await AddCertificatesAsync();
        await AddTokensAsync();
        Callers["sock"] = [_site.NewOperator()];
    }

    /// <summary>Puts there again what a request takes away or changes, and fills in what the path of the table leaves open.</summary>
    internal async Task<HttpRequestMessage> PrepareAsync(string method, string path, HttpClient client)
    {
        if (path.Contains("{pending}", StringComparison.Ordinal))
        {
            var name = AccountName.Create("pending");
            await _site.Store.AddRequestAsync(
                new AccountRequest(name, _pending.KeyFingerprint, _pending.Pem, DateTimeOffset.UtcNow, "local"),
                AccountRequestLimits.Default,
                new AuditEntry(DateTimeOffset.UtcNow, AuditEntry.Operator, AuditAction.Request, name.Value, "local"),
                TestContext.Current.CancellationToken);
        }

        string target = path
            .Replace("{digest}", Digest.Compute(Content).ToString(), StringComparison.Ordinal)
            .Replace("{origin}", _origin.Host, StringComparison.Ordinal)
            .Replace("{pending}", _pending.KeyFingerprint.Value, StringComparison.Ordinal)
            .Replace("{key}", _issuedKey.Value, StringComparison.Ordinal)
            .Replace("{certificate}", _issued.Value, StringComparison.Ordinal)
            .Replace("{token}", _tokenId, StringComparison.Ordinal);
        return new HttpRequestMessage(new HttpMethod(method), target)
        {
            Version = client.DefaultRequestVersion,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = method is "GET" or "HEAD" ? null : Body(path),
        };
    }

    public async ValueTask DisposeAsync()
    {
        foreach (HttpClient client in Callers.Values.SelectMany(clients => clients))
            client.Dispose();
        _certificates.ForEach(certificate => certificate.Dispose());
        await _site.DisposeAsync();
        await _origin.DisposeAsync();
    }

    private static SigningRequest NewRequest(string name)
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return SigningRequest.TryParse(AccountSite.RequestPem(key, name), out SigningRequest? request, out string? problem) ? request : throw new FormatException(problem);
    }

    private static SignedEntry Entry() => SignedEntry.TryCreate($$"""{"sha512": "{{Digest.Compute(Content)}}"}""", "", out SignedEntry? entry, out string? problem)
        ? entry
        : throw new FormatException(problem);

    private ByteArrayContent Body(string path)
    {
        if (path.StartsWith("/shadir/", StringComparison.Ordinal) || path.StartsWith("/shacache/dir/", StringComparison.Ordinal))
            return new StringContent($$"""["{\"sha512\": \"{{Digest.Compute(Content)}}\"}", ""]""");
        if (path is "/account/request" or "/account/renew")
            return new StringContent((path is "/account/renew" ? _renewed : _waiting).Pem);
        return path.StartsWith("/admin/", StringComparison.Ordinal)
            ? new StringContent("{}", Encoding.UTF8, "application/json")
            : new ByteArrayContent(Content);
    }

    private async Task AddCertificatesAsync()
    {
        X509Certificate2 revoked = await _site.EnrolAsync("revoked", Uploader);
        await _site.Store.RevokeCertificateAsync(
            Fingerprint.OfCertificate(revoked),
            new AuditEntry(DateTimeOffset.UtcNow, AuditEntry.Operator, AuditAction.RevokeCertificate, "revoked", "local"),
            TestContext.Current.CancellationToken);
        X509Certificate2 gone = await _site.EnrolAsync("gone", Uploader);
        await _site.RevokeAsync("gone");
        using var other = CertificateAuthority.Create("Test cache", TimeProvider.System);
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        Assert.True(SigningRequest.TryParse(AccountSite.RequestPem(key, "upload"), out SigningRequest? request, out _));
        AccountCertificate foreign = other.Issue(request, AccountName.Create("upload"), TimeSpan.FromDays(1), TimeProvider.System);
        using var foreignCertificate = X509Certificate2.CreateFromPem(foreign.Pem);
        X509Certificate2 upload = await _site.EnrolAsync("upload", Uploader);
        _issued = Fingerprint.OfCertificate(revoked);
        _issuedKey = Fingerprint.OfKey(upload.PublicKey);

        Add("none", null);
        Add("self", new CertificateRequest("CN=upload", key, HashAlgorithmName.SHA256)
            .CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1)));
        Add("expd", await _site.EnrolAsync("expired", Uploader, TimeSpan.FromDays(-100)));
        Add("futr", await _site.EnrolAsync("future", Uploader, TimeSpan.FromDays(10)));
        Add("revk", revoked);
        Add("gone", gone);
        Add("othr", foreignCertificate.CopyWithPrivateKey(key));
        Add("bare", await _site.EnrolAsync("bare", AccountRights.None));
        Add("upld", upload);
        Add("admn", await _site.EnrolAsync("admin", Administrator));
    }

    private async Task AddTokensAsync()
    {
        Add("unkn", "upload", TokenSecret.Generate());
        Add("expd", "upload", await _site.AddTokenAsync("upload", Uploader, TimeSpan.FromDays(-1)));
        Add("revk", "upload", await _site.AddTokenAsync("upload", Uploader, isRevoked: true));
        Add("bare", "bare", await _site.AddTokenAsync("bare", AccountRights.None));
        Add("upld", "upload", await _site.AddTokenAsync("upload", Uploader));
        Add("admn", "admin", await _site.AddTokenAsync("admin", Administrator));
        string gone = await _site.AddTokenAsync("lost", Uploader);
        await _site.RevokeAsync("lost");
        Add("gone", "lost", gone);
        _tokenId = (await _site.Store.ListTokensAsync(AccountName.Create("lost"), TestContext.Current.CancellationToken))[0].Id;
    }

    private void Add(string column, X509Certificate2? certificate)
    {
        if (certificate is not null)
            _certificates.Add(certificate);
        Callers[column] = [.. Versions.Select(version => _site.NewClient(certificate, version: version))];
    }

    private void Add(string column, string user, string token) => Callers[$"T-{column}"] =
    [
        .. from header in (AuthenticationHeaderValue[])[AccountSite.Bearer(token), AccountSite.Basic(user, token)]
           from version in Versions
           select _site.NewClient(header: header, version: version),
    ];
}
