using System.Collections;
using Shacache.Cli.Configuration;
using Shacache.Cli.Configuration.Features;
using Shacache.Core.Accounts;
using Shacache.Testing;

namespace Shacache.Tests.Configuration;

public sealed class AccountSettingsTests : IDisposable
{
    private static readonly Lazy<CertificateAuthority> Authority = new(() => CertificateAuthority.Create("Test cache", TimeProvider.System));
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(false, false, true)]
    [InlineData(true, false, false)]
    [InlineData(false, true, false)]
    public void Read_OpenToOtherMachines_NeedsAnAuthorityOrTheSwitch(bool hasAuthority, bool allowsAnonymous, bool isRefused)
    {
        if (hasAuthority)
            CertificateAuthorityFiles.In(_folder.Path).Write(Authority.Value);

        IReadOnlyList<string> problems = Read(("listen", "http://*:80"), ("allow-anonymous-upload", allowsAnonymous ? "true" : "false"));

        if (isRefused)
            Assert.Contains("shacache account init", Assert.Single(problems), StringComparison.Ordinal);
        else
            Assert.Empty(problems);
    }

    [Theory]
    [InlineData("read-access", "accounts")]
    [InlineData("pages", "administrators")]
    public void Read_WhatNeedsAccounts_WithoutAuthority_IsAProblem(string name, string value)
    {
        Assert.Contains($"{name}: {value} needs accounts", Assert.Single(Read((name, value))), StringComparison.Ordinal);
        CertificateAuthorityFiles.In(_folder.Path).Write(Authority.Value);
        Assert.Empty(Read((name, value)));
    }

    [Fact]
    public void Read_AuthorityElsewhere_ItsKeyIsBesideIt()
    {
        var files = new CertificateAuthorityFiles(_folder["site.crt"], _folder["site.key"]);
        files.Write(Authority.Value);

        ServerSettings settings = SettingsReader.Read(
            new Dictionary<string, string> { ["account-ca"] = files.CertificatePath }, new Hashtable(), null, out IReadOnlyList<string> problems);

        Assert.Empty(problems);
        Assert.Equal(files, settings.Accounts.AuthorityFiles(settings.Host.DataFolder));
    }

    [Fact]
    public void Read_AuthorityThatIsNotThere_IsAProblemOnlyWhenNamed()
    {
        Assert.Empty(Read());
        Assert.Contains("there is no file", Assert.Single(Read(("account-ca", _folder["none.crt"]))), StringComparison.Ordinal);
        Assert.Contains("there is no file", Assert.Single(Read(("account-ca-key", _folder["none.key"]))), StringComparison.Ordinal);
    }

    [Fact]
    public void Read_AuthorityThatIsNone_IsAProblemOfOneLine()
    {
        CertificateAuthorityFiles files = CertificateAuthorityFiles.In(_folder.Path);
        files.Write(Authority.Value);
        File.WriteAllText(files.KeyPath, "no key");
        string brokenKey = Assert.Single(Read());
        File.WriteAllText(files.CertificatePath, "no certificate");
        string brokenCertificate = Assert.Single(Read(("listen", "http://*:80")));

        Assert.Contains(files.KeyPath, brokenKey, StringComparison.Ordinal);
        Assert.Contains(files.CertificatePath, brokenCertificate, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', brokenKey + brokenCertificate);
    }

    [Theory]
    [InlineData("cache-path", "/account")]
    [InlineData("cache-path", "/admin/cache")]
    [InlineData("dir-path", "/healthz")]
    [InlineData("dir-path", "/robots.txt/x")]
    [InlineData("dir-path", "/fetch")]
    public void Read_PathOfASurfaceUnderABuiltInOne_IsRefused(string key, string path) =>
        Assert.Contains($"{path} lies where something else", Assert.Single(Read((key, path))), StringComparison.Ordinal);

    [Theory]
    [InlineData("/accounts")]
    [InlineData("/x/admin")]
    [InlineData("/administration")]
    public void Read_PathOfASurfaceBesideABuiltInOne_IsNot(string path) => Assert.Empty(Read(("cache-path", path)));

    [Theory]
    [InlineData("upload,index:pypi:,index:file-", true)]
    [InlineData("none", true)]
    [InlineData("uplaod", false)]
    [InlineData("", false)]
    public void Read_CertificateRights_AreWords(string words, bool isRight)
    {
        IReadOnlyList<string> problems = Read(("certificate-rights", words));

        if (isRight)
            Assert.Empty(problems);
        else
            Assert.StartsWith($"--certificate-rights: '{words}' names no rights", Assert.Single(problems), StringComparison.Ordinal);
    }

    private IReadOnlyList<string> Read(params (string Key, string Value)[] given)
    {
        Dictionary<string, string> flags = given.ToDictionary(pair => pair.Key, pair => pair.Value, StringComparer.Ordinal);
        flags["data"] = _folder.Path;
        SettingsReader.Read(flags, new Hashtable(), null, out IReadOnlyList<string> problems);
        return problems;
    }
}
