using Shacache.Client.Archives;
using Shacache.Client.Errors;

namespace Shacache.Client.Tests.Archives;

public sealed class CredentialFileTests : IDisposable
{
    private const string Key = "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXk\n-----END OPENSSH PRIVATE KEY-----\n";

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(".netrc", "machine example.org login a password b", "600")]
    [InlineData(".netrc", "machine example.org login a password b", "644")]
    [InlineData("home/.git-credentials", "https://a:b@example.org", "600")]
    [InlineData(".pypirc", "[pypi]\npassword = x", "640")]
    [InlineData(".npmrc", "registry=x", "600")]
    [InlineData("node/.npmrc", "//registry.npmjs.org/:_authToken=npm_x", "644")]
    [InlineData(".pgpass", "*:*:*:a:b", "600")]
    [InlineData(".docker/config.json", "{}", "644")]
    [InlineData(".aws/credentials", "[default]", "644")]
    [InlineData(".ssh/id_ed25519", Key, "644")]
    [InlineData("id_rsa", "anything", "600")]
    [InlineData("etc/server.pem", "some words\n-----BEGIN RSA PRIVATE KEY-----\nx\n", "600")]
    [InlineData("key.asc", "-----BEGIN PGP PRIVATE KEY BLOCK-----\n\nx\n", "400")]
    [InlineData(".gnupg/private-keys-v1.d/0123.key", "x", "644")]
    [InlineData("parts/clone/.git/config", "[remote \"origin\"]\n\turl = https://user:secret@example.org/a.git\n", "644")]
    [InlineData("parts/clone/.git/modules/a/b/config", "[remote \"origin\"]\n\turl = https://user:secret@example.org/a.git\n", "644")]
    [InlineData(".hgrc", "[paths]\ndefault = https://user:secret@example.org/a", "644")]
    [InlineData(".authinfo", "machine a login b password c", "644")]
    [InlineData("parts/clone/.git/config", "[remote \"origin\"]\n\turl = https://ghp_0123456789abcdefghij@example.org/a.git\n", "644")]
    public async Task WriteAsync_Credentials_AreLeftOutWithAWarningUnlessTheyAreWanted(string path, string content, string mode)
    {
        await WriteAsync(path, content, mode);

        ArchiveSummary without = await PackAsync(new ArchiveOptions());
        ArchiveSummary with = await PackAsync(new ArchiveOptions { WithCredentials = true });

        Assert.Equal([$"'software/{path}' holds credentials, which everybody could read, and was left out (--with-credentials archives it)."], without.Warnings);
        Assert.Equal(0, without.ContentBytes);
        Assert.Empty(with.Warnings);
        Assert.Equal(content.Length, with.ContentBytes);
    }

    [Theory]
    [InlineData("node/.npmrc", "package-lock=false", "644")]
    [InlineData("lib/test/keycert.pem", Key, "644")]
    [InlineData("lib/test/keycert.pem", Key, "640")]
    [InlineData("bin/tool", "text = '''\n-----BEGIN RSA PRIVATE KEY-----\n'''", "700")]
    [InlineData("private", "nothing of the kind", "600")]
    [InlineData(".ssh/id_ed25519.pub", "ssh-ed25519 AAAA", "644")]
    [InlineData(".ssh/known_hosts", "example.org ssh-rsa AAAA", "644")]
    [InlineData("parts/clone/.git/config", "[remote \"origin\"]\n\turl = https://user@example.org/a.git\n\tpush = git@example.org:a/b\n", "644")]
    [InlineData("buildout.cfg", "[buildout]\nextends = https://example.org/a.cfg\nurl = https://${user:name}:${user:password}@example.org\n", "644")]
    [InlineData("netrc.py", "import netrc", "644")]
    public async Task WriteAsync_WhatOnlyLooksLikeIt_IsArchived(string path, string content, string mode)
    {
        await WriteAsync(path, content, mode);

        ArchiveSummary summary = await PackAsync(new ArchiveOptions());

        Assert.Empty(summary.Warnings);
        Assert.Equal(content.Length, summary.ContentBytes);
    }

    [Theory]
    [InlineData("buildout.cfg")]
    [InlineData(".installed.cfg")]
    public async Task WriteAsync_BuildoutWithAPassword_IsRefusedUnlessItIsWanted(string name)
    {
        await WriteAsync(name, new string('#', 65_500) + "\nextends = https://user:secret@example.org/software.cfg\n", "640");

        ArchiveException e = await Assert.ThrowsAsync<ArchiveException>(() => PackAsync(new ArchiveOptions()));
        Assert.Contains($"'software/{name}' holds a URL with a password", e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", e.Message, StringComparison.Ordinal);
        await PackAsync(new ArchiveOptions { WithCredentials = true });
    }

    [Fact]
    public async Task WriteAsync_OtherNamesOfACredentialFile_AreLeftOutToo()
    {
        await WriteAsync("a key", Key, "600");
        await Programs.RunAsync("ln", _folder["software/a key"], _folder["software/z key"]);

        ArchiveSummary summary = await PackAsync(new ArchiveOptions());

        Assert.Equal((2, 1L), (summary.Warnings.Count, summary.Entries));
    }

    private async Task WriteAsync(string path, string content, string mode)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_folder[$"software/{path}"])!);
        File.WriteAllText(_folder[$"software/{path}"], content);
        await Programs.RunAsync("chmod", mode, _folder[$"software/{path}"]);
    }

    private Task<ArchiveSummary> PackAsync(ArchiveOptions options) =>
        new SoftwareArchiver(options).WriteAsync(_folder["software"], Stream.Null, null, TestContext.Current.CancellationToken);
}
