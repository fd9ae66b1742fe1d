using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Shacache.Core.Accounts;
using Shacache.Core.Blobs;
using Shacache.Core.Entries;
using Shacache.Core.Signing;
using Shacache.Http.Pages;
using Shacache.Http.Pages.Markup;
using Shacache.Http.Tests.Accounts;

namespace Shacache.Http.Tests.Pages;

/// <summary>A server with accounts whose store holds what is hard to show: markup, very long texts, texts that turn their direction, control characters.</summary>
public sealed class PageSite : IAsyncLifetime
{
    public const string Url = "https://example.org/zlib-1.3.1.tar.gz";
    public const string Markup = "<script>alert(1)<&script>\"'><img src=x onerror=alert(2)>";
    public const string Reversed = "rtl-\u202egnp.exe";

    private static readonly JsonSerializerOptions Unescaped = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly TrustedKeys _trusted;
    private readonly SigningKey _signer = SigningKey.FromPem(RSA.Create(2048).ExportPkcs8PrivateKeyPem());
    private AccountSite _site = null!;

    public PageSite() => _trusted = TrustedKeys.Parse(SignatureCertificate.CreatePem(_signer, "builder", DateTimeOffset.UtcNow));

    internal TestServer Server => _site.Server;

    public string Token { get; private set; } = "";

    public Digest Digest { get; } = Digest.Compute("content"u8);

    public static EntryKey UrlKey => EntryKey.Create(UrlMd5.FilePrefix + UrlMd5.Of(Url));

    /// <summary>Keys that are hard to show.</summary>
    public static IReadOnlyList<string> HostileKeys { get; } = [Markup, new('k', 1000), Reversed, "zero-\u200b\u2060width", "\u0627\u0644\u0639\u0631\u0628\u064a\u0629:\u05e9\u05dc\u05d5\u05dd"];

    public async ValueTask InitializeAsync()
    {
        _site = await AccountSite.StartAsync(cache: new CacheServerOptions { Pages = new PageOptions { TrustedKeys = _trusted } });
        CancellationToken token = TestContext.Current.CancellationToken;
        await Server.Blobs.StoreAsync(Digest, "content"u8.ToArray(), token);
        await AddAsync(UrlKey.Value, new() { ["url"] = Url, ["file_name"] = "zlib-1.3.1.tar.gz" }, Digest, isSigned: true);
        await AddAsync("missing", new() { ["file_name"] = "missing.tar.gz" }, Digest.Compute("missing"u8), isSigned: true);
        foreach (string key in HostileKeys)
        {
            Dictionary<string, string> members = new()
            {
                ["file_name"] = key,
                ["url"] = "javascript:alert(3)",
                [Markup] = "</code></pre><style>*{display:none}</style>",
                ["long"] = new string('x', 5000),
                ["control"] = "a\0b\u001b[31mred\a\nline",
                [new string('m', 300)] = Reversed,
            };
            await AddAsync(key, members, Digest, isSigned: false);
        }

        for (int i = 0; i < 120; i++)
            await AddAsync($"bulk:{i:000}", [], Digest, isSigned: false);
        Token = await _site.AddTokenAsync("admin", new AccountRights { MayUpload = true, MayAdminister = true, IndexPrefixes = [""] });
        await Server.AuditLog.AddAsync(
            [
                .. HostileKeys.Select(key => new AuditEntry(DateTimeOffset.UtcNow, "admin", AuditAction.Index, key, "192.0.2.7", Markup + Reversed)),
                new AuditEntry(DateTimeOffset.UtcNow, "admin", AuditAction.Upload, Digest.ToString(), "192.0.2.7", "7 bytes"),
            ],
            token);
    }

    /// <summary>The address of the page of the only entry of a key.</summary>
    public async Task<string> EntryPageAsync(string key)
    {
        StoredEntry stored = (await Server.Entries.ListAsync(EntryKey.Create(key), TestContext.Current.CancellationToken))[0];
        string id = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{stored.Entry.Information}\0{stored.Entry.Signature}")))[..16];
        return PageLink.For(stored.Key, id);
    }

    public async ValueTask DisposeAsync()
    {
        await _site.DisposeAsync();
        _trusted.Dispose();
        _signer.Dispose();
    }

    private async Task AddAsync(string key, Dictionary<string, string> members, Digest digest, bool isSigned)
    {
        var all = new Dictionary<string, string> { ["sha512"] = digest.ToString() };
        foreach ((string name, string value) in members)
            all[name] = value;
        string information = JsonSerializer.Serialize(all, Unescaped);
        string signature = "AAAA";
        if (isSigned)
        {
            information = StrongSignature.Append(information, _signer);
            signature = _signer.Sign(information);
        }

        Assert.True(SignedEntry.TryCreate(information, signature, out SignedEntry? entry, out string? problem), problem);
        await Server.Entries.AddAsync(EntryKey.Create(key), entry, TestContext.Current.CancellationToken);
    }
}
