using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Shacache.Client.Accounts;
using Shacache.Core.Accounts;
using Shacache.Testing;

namespace Shacache.Client.Tests.Accounts;

public sealed class AccountKeyTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void CreateRequest_NewKey_IsOneThatTheAuthorityTakes()
    {
        using AccountKey key = AccountKey.Create(_folder["k"]);

        Assert.True(SigningRequest.TryParse(key.CreateRequest(AccountName.Create("build-1")), out SigningRequest? request, out _));
        Assert.Equal(key.Fingerprint, request.KeyFingerprint);
        Assert.Equal("RSA-3072", request.KeyDescription);
    }

    [Fact]
    public void Create_OpenUmask_IsItsOwnersOnlyAndIsReadBack()
    {
        using AccountKey key = AccountKey.Create(_folder["k"]);
        using AccountKey read = AccountKey.Load(_folder["k"]);

        if (!OperatingSystem.IsWindows())
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(_folder["k"]));
        Assert.Equal(key.Fingerprint, read.Fingerprint);
        Assert.Equal([_folder["k"]], Directory.GetFileSystemEntries(_folder.Path));
    }

    [Fact]
    public void Create_FileOrDanglingLinkInTheWay_LeavesIt()
    {
        File.WriteAllText(_folder["k"], "precious");
        Assert.Throws<IOException>(() => AccountKey.Create(_folder["k"]));
        Assert.Equal("precious", File.ReadAllText(_folder["k"]));

        File.CreateSymbolicLink(_folder["link"], _folder["elsewhere"]);
        Assert.Throws<IOException>(() => AccountKey.Create(_folder["link"]));
        Assert.False(File.Exists(_folder["elsewhere"]));
    }

    [Fact]
    public void Load_EllipticCurve_CanBeUsedToo()
    {
        using var curve = ECDsa.Create(ECCurve.NamedCurves.nistP384);
        File.WriteAllText(_folder["k"], curve.ExportECPrivateKeyPem());
        using AccountKey key = AccountKey.Load(_folder["k"]);
        Assert.True(SigningRequest.TryParse(key.CreateRequest(AccountName.Create("a")), out SigningRequest? request, out _));
        Assert.Equal("ECDSA P-384", request.KeyDescription);
    }

    [Fact]
    public void Load_NoPrivateKey_IsRefused()
    {
        using var rsa = RSA.Create(2048);
        foreach (string text in new[] { "", "nothing", rsa.ExportSubjectPublicKeyInfoPem(), rsa.ExportEncryptedPkcs8PrivateKeyPem("x", new PbeParameters(PbeEncryptionAlgorithm.Aes256Cbc, HashAlgorithmName.SHA256, 1000)) })
        {
            File.WriteAllText(_folder["k"], text);
            Assert.Contains("holds no private key", Assert.Throws<FormatException>(() => AccountKey.Load(_folder["k"])).Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void IsKeyOf_OwnAndOtherCertificate_AreDistinguished()
    {
        using AccountKey key = AccountKey.Create(_folder["a"]);
        using AccountKey other = AccountKey.Create(_folder["b"]);
        using CertificateAuthority authority = CertificateAuthority.Create("Test", TimeProvider.System);
        Assert.True(SigningRequest.TryParse(key.CreateRequest(AccountName.Create("a")), out SigningRequest? request, out _));
        using X509Certificate2 certificate = X509Certificate2.CreateFromPem(
            authority.Issue(request, AccountName.Create("a"), TimeSpan.FromDays(1), TimeProvider.System).Pem);
        Assert.True(key.IsKeyOf(certificate));
        Assert.False(other.IsKeyOf(certificate));
    }
}
