using System.Text;
using Shacache.Client.Configuration;
using Shacache.Client.Errors;
using Shacache.Core.Signing;

namespace Shacache.Client.Tests.Configuration;

public sealed class NetworkCacheOptionsTests
{
    [Fact]
    public void Load_SlaposConfiguration_TakesEveryOption()
    {
        NetworkCacheOptions options = NetworkCacheOptions.Load(Golden.PathOf("slapos.cfg"));

        Assert.Equal(["http://shacache.example.org/"], options.Servers.DownloadCache.Select(url => url.ToString()));
        Assert.Equal(["http://shadir.example.org/"], options.Servers.DownloadDirectory.Select(url => url.ToString()));
        Assert.Equal(["https://www.example.org/shacache"], options.Servers.UploadCache.Select(url => url.ToString()));
        Assert.Equal(["https://www.example.org/shadir"], options.Servers.UploadDirectory.Select(url => url.ToString()));
        Assert.Equal("uploader:s:cret", Decode(options.Servers.UploadCache[0]));
        Assert.False(options.BinaryServers.UploadCache[0].HasCredentials);
        Assert.Equal(["https://www.example.org/shadir"], options.BinaryServers.UploadDirectory.Select(url => url.ToString()));
        Assert.Equal(["http://shacache.example.org/"], options.BinaryServers.DownloadCache.Select(url => url.ToString()));
        Assert.Equal("/etc/opt/slapos/ssl/signature.key", options.SignaturePrivateKeyFile);
        Assert.Equal("/etc/opt/slapos/ssl/signature.cert", options.SignatureCertificateFile);
        Assert.Equal("/etc/opt/slapos/ssl/shacache.cert", options.CacheTls.CertificateFile);
        Assert.Equal("/etc/opt/slapos/ssl/shacache.key", options.DirectoryTls.KeyFile);
        Assert.Null(options.CacheTls.AuthorityFile);
        Assert.Equal(("COMP-2026", "/opt/slapgrid"), (options.ComputerId, options.SoftwareRoot));

        using var trusted = TrustedKeys.Parse(options.SignatureCertificateList!);
        Assert.Equal(["CN=COMP-2011", "CN=COMP-2026"], trusted.Keys.Select(key => key.Subject));
        Assert.Contains("3", Assert.Single(trusted.Warnings), StringComparison.Ordinal);
    }

    [Fact]
    public void From_SeveralUrls_KeepsTheirOrder()
    {
        NetworkCacheOptions options = Parse("download-cache-url =\n  http://b.example/x/\n\n  https://a.example\thttp://c.example:81");
        Assert.Equal(
            ["http://b.example/x/", "https://a.example/", "http://c.example:81/"], options.Servers.DownloadCache.Select(url => url.ToString()));
    }

    [Theory]
    [InlineData("binary-cache-url-blacklist = http://old/", "http://old/")]
    [InlineData("binary-cache-url-blacklist = http://old/\ndownload-from-binary-cache-url-blacklist =", "http://old/")]
    [InlineData("binary-cache-url-blacklist = http://old/\ndownload-from-binary-cache-url-blacklist =\n  http://a/\n  # no\n  http://b/", "http://a/", "http://b/")]
    [InlineData("upload-to-binary-cache-url-blacklist = http://old/")]
    public void From_DownloadBlacklist_TheOldNameServesWhenTheNewIsAbsent(string text, params string[] expected) =>
        Assert.Equal(expected, Parse(text).BinaryDownloadBlacklist);

    [Fact]
    public void From_BinaryLists_AreRead()
    {
        NetworkCacheOptions options = Parse("upload-to-binary-cache-url-blacklist = http://up/\ndownload-from-binary-cache-force-url-list =\n  http://f/ http://g/");
        Assert.Equal(["http://up/"], options.BinaryUploadBlacklist);
        Assert.Equal(["http://f/", "http://g/"], options.BinaryDownloadForceList);
        Assert.Empty(options.BinaryDownloadBlacklist);
    }

    /// <summary>slapgrid puts [networkcache] over [slapos], and looks for the name with underscores where that with dashes is in neither.</summary>
    [Theory]
    [InlineData("k", "[networkcache]\nsignature-private-key-file = k")]
    [InlineData("u", "[networkcache]\nsignature_private_key_file = u")]
    [InlineData("u", "[slapos]\nSignature_Private_Key_File = u")]
    [InlineData("k", "[slapos]\nsignature-private-key-file = k\n[networkcache]\nsignature_private_key_file = u")]
    [InlineData("n", "[slapos]\nsignature-private-key-file = s\n[networkcache]\nsignature-private-key-file = n")]
    [InlineData(null, "[slapos]\nsignature-private-key-file = s\n[networkcache]\nsignature-private-key-file =")]
    [InlineData(null, "[networkcache]\nsignature-private-key-file =\nsignature_private_key_file = u")]
    [InlineData("d", "[DEFAULT]\nsignature-private-key-file = d\n[slapos]\nsignature-private-key-file = s\n[networkcache]")]
    public void From_SigningKey_IsTheOneThatSlapgridTakes(string? expected, string text) =>
        Assert.Equal(expected, NetworkCacheOptions.From(ConfigFile.Parse(text, "slapos.cfg")).SignaturePrivateKeyFile);

    [Fact]
    public void From_OptionsInTheSectionOfTheNode_AreThoseThatSlapgridReads()
    {
        NetworkCacheOptions options = NetworkCacheOptions.From(ConfigFile.Parse(
            """
            [slapos]
            download-cache-url = http://h/not-read
            download-dir-url = http://h/not-read
            upload-cache-url = http://h/up
            download-binary-cache-url = http://h/binary
            download_binary_dir_url = http://h/underscores
            shadir-ca-file = ca
            binary-cache-url-blacklist = http://b/
            signature-certificate-list = list
            signature-certificate-file = not-read
            upload-token-file = not-read
            software_root = /of/slapos
            [networkcache]
            software_root = /of/networkcache
            """, "slapos.cfg"));
        Assert.Empty(options.Servers.DownloadCache.Concat(options.Servers.DownloadDirectory).Concat(options.BinaryServers.DownloadDirectory));
        Assert.Equal("http://h/up", Assert.Single(options.Servers.UploadCache).ToString());
        Assert.Equal("http://h/binary", Assert.Single(options.BinaryServers.DownloadCache).ToString());
        Assert.Equal(("ca", "list", "/of/networkcache"), (options.DirectoryTls.AuthorityFile, options.SignatureCertificateList, options.SoftwareRoot));
        Assert.Equal(["http://b/"], options.BinaryDownloadBlacklist);
        Assert.Null(options.SignatureCertificateFile ?? options.UploadTokenFile);
    }

    [Fact]
    public void From_BadUrlInTheSectionOfTheNode_NamesThatSection()
    {
        NetworkCacheConfigurationException e = Assert.Throws<NetworkCacheConfigurationException>(
            () => NetworkCacheOptions.From(ConfigFile.Parse("[slapos]\nupload-dir-url = ftp://h/", "slapos.cfg")));
        Assert.StartsWith("slapos.cfg: option upload-dir-url of section [slapos]: ", e.Message, StringComparison.Ordinal);
        Assert.Equal("slapos", e.Section);
    }

    [Fact]
    public void From_NoSectionOrEmptyValues_LeavesDefaults()
    {
        NetworkCacheOptions options = NetworkCacheOptions.From(ConfigFile.Parse("[slapos]\ncomputer_id =\n", "slapos.cfg"));
        Assert.Empty(options.Servers.DownloadCache);
        Assert.Null(options.ComputerId);
        Assert.Null(Parse("signature-private-key-file =").SignaturePrivateKeyFile);
    }

    [Theory]
    [InlineData("ftp://h/x")]
    [InlineData("host/x")]
    [InlineData("http://")]
    [InlineData("https://user:top-secret@")]
    [InlineData("https://user:top-secret@h:port/")]
    [InlineData("https://user:top-secret@h/?q=1")]
    [InlineData("https://us%3Aer:top-secret@h/")]
    public void From_BadUrl_NamesSectionAndOptionButNoPassword(string url)
    {
        NetworkCacheConfigurationException e = Assert.Throws<NetworkCacheConfigurationException>(() => Parse($"upload-dir-url = http://ok/ {url.Replace("%", "%%")}"));
        Assert.StartsWith("slapos.cfg: option upload-dir-url of section [networkcache]: '", e.Message, StringComparison.Ordinal);
        Assert.Equal(("networkcache", "upload-dir-url"), (e.Section, e.Option));
        Assert.DoesNotContain("top-secret", e.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void ToString_WithCredentials_HidesThem()
    {
        NetworkCacheOptions options = Parse("upload-cache-url = https://user:top-secret@h/x");
        Assert.Equal("https://h/x", options.Servers.UploadCache[0].ToString());
        Assert.Equal("user:top-secret", Decode(options.Servers.UploadCache[0]));
        Assert.DoesNotContain("top-secret", options.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void From_SignaturePolicy_IsAnyOrStrong()
    {
        Assert.Equal(SignaturePolicy.Any, Parse("").SignaturePolicy);
        Assert.Equal(SignaturePolicy.Strong, Parse("signature-policy = Strong").SignaturePolicy);
        NetworkCacheConfigurationException e = Assert.Throws<NetworkCacheConfigurationException>(() => Parse("signature-policy = weak"));
        Assert.Equal("slapos.cfg: option signature-policy of section [networkcache]: it must be 'any' or 'strong'.", e.Message);
    }

    [Fact]
    public void From_PlatformMatch_IsCompatibleOrExact()
    {
        Assert.Equal(PlatformMatch.Compatible, Parse("").PlatformMatch);
        Assert.Equal(PlatformMatch.Exact, Parse("platform-match = Exact").PlatformMatch);
        NetworkCacheConfigurationException e = Assert.Throws<NetworkCacheConfigurationException>(() => Parse("platform-match = any"));
        Assert.Equal("slapos.cfg: option platform-match of section [networkcache]: it must be 'compatible' or 'exact'.", e.Message);
    }

    [Fact]
    public void From_KeyBinding_IsProvableOrStrict()
    {
        Assert.Equal(KeyBinding.Provable, Parse("").KeyBinding);
        Assert.Equal(KeyBinding.Strict, Parse("key-binding = Strict").KeyBinding);
        NetworkCacheConfigurationException e = Assert.Throws<NetworkCacheConfigurationException>(() => Parse("key-binding = lax"));
        Assert.Equal("slapos.cfg: option key-binding of section [networkcache]: it must be 'provable' or 'strict'.", e.Message);
    }

    private static NetworkCacheOptions Parse(string lines) => NetworkCacheOptions.From(ConfigFile.Parse("[networkcache]\n" + lines, "slapos.cfg"));

    private static string Decode(CacheUrl url)
    {
        Assert.Equal("Basic", url.Credentials!.Scheme);
        return Encoding.UTF8.GetString(Convert.FromBase64String(url.Credentials.Parameter!));
    }
}
