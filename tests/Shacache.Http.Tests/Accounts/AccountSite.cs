using System.Net;
using System.Net.Http.Headers;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Shacache.Core.Accounts;
using Shacache.Http.Accounts;
using Shacache.Http.Accounts.Callers;
using Shacache.Http.Tls;
using Shacache.Testing;
using Shacache.Testing.Tls;

namespace Shacache.Http.Tests.Accounts;

/// <summary>A server with accounts: HTTP and HTTPS on loopback, the operator's socket, and both once more for clients that seem to come from elsewhere.</summary>
internal sealed class AccountSite : IAsyncDisposable
{
    private static readonly TimeSpan Year = TimeSpan.FromDays(365);

    // Making its key takes longer than most tests.
    private static readonly CertificateAuthority OneForAll = CertificateAuthority.Create("Test cache", Clock(-2 * Year));
    private readonly TemporaryFolder _folder = new();
    private readonly TestAuthority _server = new();
    private AccountAuthority _accounts = null!;
    private int _connections;

    /// <summary>How many connections the clients of this site opened.</summary>
    public int Connections => Volatile.Read(ref _connections);

    public TestServer Server { get; private set; } = null!;

    public CertificateAuthority Authority => OneForAll;

    public CertificateAuthorityFiles AuthorityFiles { get; private set; } = null!;

    /// <summary>Where clients of <see cref="FarUrl"/> and <see cref="FarTlsUrl"/> seem to come from. Taken when they connect.</summary>
    public IPAddress Remote { get; set; } = IPAddress.Parse("192.0.2.7");

    public Uri FarUrl => new(Server.Addresses[2]);

    public Uri FarTlsUrl => new(Server.Addresses[3]);

    public string Socket => _folder[AdminSocket.FileName];

    public IAccountStore Store => Server.Accounts;

    public static async Task<AccountSite> StartAsync(
        AccountOptions? options = null,
        CacheServerOptions? cache = null,
        bool withAuthority = true,
        bool withKey = true,
        Action<IServiceCollection>? services = null)
    {
        var site = new AccountSite();
        await site.RunAsync(options ?? new AccountOptions(), cache, withAuthority, withKey, services);
        return site;
    }

    /// <summary>Makes the authority that was left out at the start.</summary>
    public void Init() => AuthorityFiles.Write(Authority);

    /// <summary>A certificate of this cache's authority, with its key, as if issued some time from now. The store does not know it.</summary>
    public X509Certificate2 Issue(string name, TimeSpan? shift = null)
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        AccountCertificate issued = Authority.Issue(Request(key, name), AccountName.Create(name), CertificateAuthority.DefaultValidity, Clock(shift ?? TimeSpan.Zero));
        using var certificate = X509Certificate2.CreateFromPem(issued.Pem);
        return certificate.CopyWithPrivateKey(key);
    }

    /// <summary>An account, and a certificate that was approved.</summary>
    public async Task<X509Certificate2> EnrolAsync(string name, AccountRights rights, TimeSpan? shift = null)
    {
        X509Certificate2 certificate = Issue(name, shift);
        await ApproveAsync(AccountCertificate.Of(AccountName.Create(name), certificate), rights);
        return certificate;
    }

    public async Task ApproveAsync(AccountCertificate certificate, AccountRights rights)
    {
        CancellationToken token = TestContext.Current.CancellationToken;
        DateTimeOffset now = DateTimeOffset.UtcNow;
        var request = new AccountRequest(certificate.Account, certificate.KeyFingerprint, "", now, "local");
        await Store.AddRequestAsync(request, AccountRequestLimits.Default, Line(AuditAction.Request, certificate.Account), token);
        Assert.True(await Store.ApproveAsync(certificate, rights, Line(AuditAction.Approve, certificate.Account), token));
    }

    /// <summary>A token of an account, which is made when it is missing.</summary>
    public async Task<string> AddTokenAsync(string name, AccountRights rights, TimeSpan? validity = null, bool isRevoked = false)
    {
        CancellationToken cancel = TestContext.Current.CancellationToken;
        var account = AccountName.Create(name);
        await Store.SetRightsAsync(account, rights, Line(AuditAction.SetRights, account), cancel);
        string secret = TokenSecret.Generate();
        string id = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(6));
        DateTimeOffset now = DateTimeOffset.UtcNow;
        var token = new AccountToken(id, account, TokenSecret.Hash(secret)!, now - Year, now + (validity ?? TimeSpan.FromDays(1)));
        Assert.True(await Store.AddTokenAsync(token, Line(AuditAction.AddToken, account), cancel));
        if (isRevoked)
            Assert.True(await Store.RevokeTokenAsync(id, Line(AuditAction.RevokeToken, account), cancel));
        return secret;
    }

    public Task RevokeAsync(string name)
    {
        var account = AccountName.Create(name);
        return Store.RevokeAsync(account, Line(AuditAction.Revoke, account), TestContext.Current.CancellationToken).AsTask();
    }

    /// <summary>A client that presents a certificate, a header, both or nothing, over one version of HTTP.</summary>
    public HttpClient NewClient(X509Certificate2? certificate = null, AuthenticationHeaderValue? header = null, Version? version = null, Uri? url = null)
    {
        var tls = new SslClientAuthenticationOptions { CertificateChainPolicy = Policy() };
        if (certificate is not null)
            tls.LocalCertificateSelectionCallback = (_, _, _, _, _) => certificate;
        var handler = new SocketsHttpHandler
        {
            SslOptions = tls,
            UseProxy = false,
            MaxConnectionsPerServer = 1,
            ConnectCallback = async (context, token) =>
            {
                Interlocked.Increment(ref _connections);
                var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
                await socket.ConnectAsync(context.DnsEndPoint, token);
                return new NetworkStream(socket, ownsSocket: true);
            },
        };
        var client = new HttpClient(handler)
        {
            BaseAddress = url ?? Server.TlsUrl,
            DefaultRequestVersion = version ?? HttpVersion.Version11,
            DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        client.DefaultRequestHeaders.Authorization = header;
        return client;
    }

    /// <summary>The operator.</summary>
    public HttpClient NewOperator()
    {
        var handler = new SocketsHttpHandler
        {
            UseProxy = false,
            ConnectCallback = async (_, token) =>
            {
                var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                await socket.ConnectAsync(new UnixDomainSocketEndPoint(Socket), token);
                return new NetworkStream(socket, ownsSocket: true);
            },
        };
        return new HttpClient(handler) { BaseAddress = new Uri("http://admin.invalid") };
    }

    public static AuthenticationHeaderValue Bearer(string token) => new("Bearer", token);

    public static AuthenticationHeaderValue Basic(string user, string token) =>
        new("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{user}:{token}")));

    /// <summary>Writes a certificate and its key to files, for programs.</summary>
    public (string Certificate, string Key, string ServerCa) WriteFiles(X509Certificate2 certificate)
    {
        using ECDsa key = certificate.GetECDsaPrivateKey()!;
        File.WriteAllText(_folder["client.crt"], certificate.ExportCertificatePem() + "\n");
        TestAuthority.WriteKey(_folder["client.key"], key.ExportPkcs8PrivateKeyPem());
        File.WriteAllText(_folder["server-ca.crt"], _server.RootPem);
        return (_folder["client.crt"], _folder["client.key"], _folder["server-ca.crt"]);
    }

    /// <summary>A path in a folder of this site's own.</summary>
    public string this[string name] => _folder[name];

    /// <summary>A PKCS#10 request, as a client makes it.</summary>
    public static string RequestPem(ECDsa key, string name) =>
        new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256).CreateSigningRequestPem();

    public async Task<List<AuditEntry>> ReadLogAsync()
    {
        List<AuditEntry> lines = [];
        await Server.AuditNotes.FlushAsync(TestContext.Current.CancellationToken);
        await foreach (AuditRecord record in Server.AuditLog.ReadAsync(new AuditQuery { NewestFirst = false }, TestContext.Current.CancellationToken))
            lines.Add(record.Entry);
        return lines;
    }

    public async ValueTask DisposeAsync()
    {
        await Server.DisposeAsync();
        _accounts.Dispose();
        _server.Dispose();
        _folder.Dispose();
    }

    public X509ChainPolicy Policy() => new()
    {
        TrustMode = X509ChainTrustMode.CustomRootTrust,
        RevocationMode = X509RevocationMode.NoCheck,
        DisableCertificateDownloads = true,
        CustomTrustStore = { _server.Root },
    };

    private static SigningRequest Request(ECDsa key, string name) =>
        SigningRequest.TryParse(RequestPem(key, name), out SigningRequest? request, out string? problem) ? request : throw new FormatException(problem);

    private static AuditEntry Line(AuditAction action, AccountName name) => new(DateTimeOffset.UtcNow, AuditEntry.Operator, action, name.Value, "local");

    private static ManualTimeProvider Clock(TimeSpan shift) => new(DateTimeOffset.UtcNow + shift);

    private async Task RunAsync(
        AccountOptions options, CacheServerOptions? cache, bool withAuthority, bool withKey, Action<IServiceCollection>? services)
    {
        AuthorityFiles = CertificateAuthorityFiles.In(_folder.Path);
        if (withAuthority)
            Init();
        if (!withKey)
            File.Delete(AuthorityFiles.KeyPath);
        _accounts = AccountAuthority.Open(AuthorityFiles, TimeProvider.System);
        _server.WritePair("cache", _folder["tls.crt"], _folder["tls.key"]);
        var certificate = ServerCertificate.Load(new CertificateFiles(_folder["tls.crt"], _folder["tls.key"]), TimeProvider.System);
        Server = await TestServer.StartAsync(
            cache,
            kestrel: kestrel =>
            {
                kestrel.Listen(IPAddress.Loopback, 0, listen => Configure(listen, null));
                kestrel.Listen(IPAddress.Loopback, 0, listen => Configure(listen, certificate));
                Assert.Null(AdminSocket.Prepare(_folder.Path, out string path));
                kestrel.ListenAdminSocket(path);
            },
            services: all =>
            {
                all.AddShacacheAccounts(_accounts, options);
                services?.Invoke(all);
            },
            certificate: certificate,
            asksForCertificate: () => _accounts.IsOn);
    }

    private void Configure(ListenOptions listen, ServerCertificate? certificate)
    {
        listen.Use(next => connection =>
        {
            connection.RemoteEndPoint = new IPEndPoint(Remote, 4711);
            return next(connection);
        });
        if (certificate is null)
            listen.Protocols = HttpProtocols.Http1;
        else
            listen.UseTls(certificate, TimeSpan.FromSeconds(20), () => _accounts.IsOn);
    }
}
