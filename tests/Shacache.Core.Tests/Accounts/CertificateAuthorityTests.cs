using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Shacache.Core.Accounts;
using Shacache.Testing;

namespace Shacache.Core.Tests.Accounts;

public sealed class CertificateAuthorityTests
{
    private static readonly AccountName Build = AccountName.Create("build-1");
    private readonly ManualTimeProvider _time = new();

    [Fact]
    public async Task Create_NewAuthority_IsWhatOpenSslTakesForOne()
    {
        using var openssl = new OpenSsl();
        openssl.Write("ca", Authorities.Ours.Certificate.ExportCertificatePem());
        string text = await openssl.RunAsync("x509", "-in", "ca", "-noout", "-text");
        Assert.Contains("Signature Algorithm: sha256WithRSAEncryption", text, StringComparison.Ordinal);
        Assert.Contains("Public-Key: (3072 bit)", text, StringComparison.Ordinal);
        Assert.Contains("CA:TRUE, pathlen:0", text, StringComparison.Ordinal);
        Assert.Contains("Certificate Sign, CRL Sign", text, StringComparison.Ordinal);
        Assert.Contains("Subject: CN=Our cache", text.Replace("CN = ", "CN=", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.Contains("Not After : Jan  2 03:04:05 2036 GMT", text, StringComparison.Ordinal);
        Assert.Equal(32, Authorities.Ours.Certificate.SerialNumber.Length);
        Assert.NotEqual(Authorities.Ours.Certificate.SerialNumber, Authorities.Twin.Certificate.SerialNumber);
    }

    [Fact]
    public async Task Issue_Certificate_VerifiesWithOpenSslForClientsOnly()
    {
        using var openssl = new OpenSsl();
        AccountCertificate issued = Issue(Authorities.NewRequest());
        openssl.Write("ca", Authorities.Ours.Certificate.ExportCertificatePem());
        openssl.Write("c", issued.Pem);
        string at = $"{_time.GetUtcNow().ToUnixTimeSeconds()}";
        await openssl.RunAsync("verify", "-x509_strict", "-attime", at, "-purpose", "sslclient", "-CAfile", "ca", "c");
        await Assert.ThrowsAnyAsync<Xunit.Sdk.XunitException>(
            () => openssl.RunAsync("verify", "-attime", at, "-purpose", "sslserver", "-CAfile", "ca", "c"));
        string text = await openssl.RunAsync("x509", "-in", "c", "-noout", "-fingerprint", "-sha256");
        Assert.True(Fingerprint.TryParse(text.Trim().Split('=')[1], out Fingerprint? fingerprint));
        Assert.Equal(fingerprint, issued.Fingerprint);
    }

    [Fact]
    public void Issue_RequestWithExtensionsAndAnotherName_TakesOverTheKeyOnly()
    {
        using RSA key = RSA.Create(2048);
        var wish = new CertificateRequest("CN=administrator,O=Evil", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        wish.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        wish.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.1")], false));
        SigningRequest request = Authorities.Parse(wish.CreateSigningRequestPem());
        AccountCertificate issued = Issue(request);
        using X509Certificate2 certificate = X509Certificate2.CreateFromPem(issued.Pem);
        Assert.Equal("CN=build-1", certificate.Subject);
        Assert.False(certificate.Extensions.OfType<X509BasicConstraintsExtension>().Single().CertificateAuthority);
        Assert.Equal("1.3.6.1.5.5.7.3.2", certificate.Extensions.OfType<X509EnhancedKeyUsageExtension>().Single().EnhancedKeyUsages[0].Value);
        Assert.Equal(key.ExportSubjectPublicKeyInfo(), certificate.PublicKey.ExportSubjectPublicKeyInfo());
        Assert.Equal(
            (Build, Fingerprint.OfCertificate(certificate), request.KeyFingerprint, certificate.SerialNumber),
            (issued.Account, issued.Fingerprint, issued.KeyFingerprint, issued.SerialNumber));
    }

    [Fact]
    public void Issue_Validity_BeginsALittleEarlierAndNeverOutlivesTheAuthority()
    {
        AccountCertificate issued = Issue(Authorities.NewRequest());
        Assert.Equal(_time.GetUtcNow(), issued.NotBefore.AddMinutes(5));
        Assert.Equal(_time.GetUtcNow().AddDays(90), issued.NotAfter);

        DateTimeOffset end = new(2036, 1, 2, 3, 4, 5, TimeSpan.Zero);
        Assert.Equal(end, Issue(Authorities.NewRequest(), TimeSpan.FromDays(36500)).NotAfter);
        Assert.Equal(end, Issue(Authorities.NewRequest(), TimeSpan.MaxValue).NotAfter);
        Assert.Throws<ArgumentOutOfRangeException>(() => Issue(Authorities.NewRequest(), TimeSpan.Zero));

        _time.Advance(end - _time.GetUtcNow());
        InvalidOperationException e = Assert.Throws<InvalidOperationException>(() => Issue(Authorities.NewRequest()));
        Assert.Equal("The certificate authority was valid until 2036-01-02 03:04:05Z: make a new one.", e.Message);
    }

    [Fact]
    public void Issue_OneRequestTwice_GivesDifferentSerialNumbers()
    {
        SigningRequest request = Authorities.NewRequest();
        Assert.NotEqual(Issue(request).SerialNumber, Issue(request).SerialNumber);
    }

    [Fact]
    public async Task FromPem_AuthorityOfOpenSsl_Issues()
    {
        using var openssl = new OpenSsl();
        await openssl.RunAsync("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/O=Site/CN=Old CA", "-days", "3650", "-keyout", "k", "-out", "c");
        using var authority = CertificateAuthority.FromPem(openssl.Read("c"), openssl.Read("k"));
        AccountCertificate issued = authority.Issue(Authorities.NewRequest(), Build, CertificateAuthority.DefaultValidity, TimeProvider.System);
        openssl.Write("i", issued.Pem);
        await openssl.RunAsync("verify", "-purpose", "sslclient", "-CAfile", "c", "i");
    }

    [Fact]
    public async Task FromPem_WhatIsNoAuthority_IsRefusedOnOneLine()
    {
        using var openssl = new OpenSsl();
        await openssl.RunAsync(
            "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=leaf", "-addext", "basicConstraints=critical,CA:FALSE", "-keyout", "k", "-out", "c");
        await openssl.RunAsync("genrsa", "-out", "other", "2048");
        await openssl.RunAsync("ecparam", "-genkey", "-name", "prime256v1", "-noout", "-out", "ec");
        string ours = Authorities.Ours.Certificate.ExportCertificatePem();
        Assert.Equal("the certificate of CN=leaf is not an authority's: it lacks CA:TRUE", Refusal(openssl.Read("c"), openssl.Read("k")));
        Assert.Equal("the private key does not belong to the authority's certificate", Refusal(ours, openssl.Read("other")));
        Assert.Equal("no unencrypted RSA private key in PEM form was found", Refusal(ours, openssl.Read("ec")));
        Assert.Equal("no unencrypted RSA private key in PEM form was found", Refusal(ours, ""));
        Assert.Equal("no certificate in PEM form was found", Refusal("", Authorities.Ours.ExportKeyPem()));

        static string Refusal(string certificate, string key) => Assert.Throws<FormatException>(() => CertificateAuthority.FromPem(certificate, key)).Message;
    }

    [Fact]
    public void Write_NewFolder_KeyIsItsOwnersOnlyAndBothAreReadBack()
    {
        using var folder = new TemporaryFolder();
        var files = CertificateAuthorityFiles.In(folder.Path);
        files.Write(Authorities.Ours);
        Assert.Equal([folder["ca", "ca.crt"], folder["ca", "ca.key"]], Directory.GetFiles(folder["ca"]).Order(StringComparer.Ordinal));
        if (!OperatingSystem.IsWindows())
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(files.KeyPath));
        using CertificateAuthority again = files.Read();
        Assert.Equal(Authorities.Ours.Certificate.RawData, again.Certificate.RawData);
        Assert.Equal(Authorities.Ours.ExportKeyPem(), again.ExportKeyPem());
    }

    [Theory]
    [InlineData("ca.key")]
    [InlineData("ca.crt")]
    public void Write_FileIsThere_IsNotOverwritten(string name)
    {
        using var folder = new TemporaryFolder();
        var files = CertificateAuthorityFiles.In(folder.Path);
        Directory.CreateDirectory(folder["ca"]);
        File.WriteAllText(folder["ca", name], "precious");
        IOException e = Assert.Throws<IOException>(() => files.Write(Authorities.Ours));
        Assert.StartsWith(folder["ca", name], e.Message, StringComparison.Ordinal);
        Assert.Equal([folder["ca", name]], Directory.GetFiles(folder["ca"]));
        Assert.Equal("precious", File.ReadAllText(folder["ca", name]));
    }

    [Fact]
    public async Task Write_ManyAtOnce_OneAuthorityWinsAsAWhole()
    {
        using var folder = new TemporaryFolder();
        var files = CertificateAuthorityFiles.In(folder.Path);
        CertificateAuthority[] rivals = [Authorities.Ours, Authorities.Twin];
        int written = 0;
        await Parallel.ForAsync(0, 16, TestContext.Current.CancellationToken, (number, _) =>
        {
            try
            {
                files.Write(rivals[number % 2]);
                Interlocked.Increment(ref written);
            }
            catch (IOException)
            {
                // Another one was first.
            }

            return ValueTask.CompletedTask;
        });
        Assert.Equal(1, written);
        using CertificateAuthority winner = files.Read();
        Assert.Equal(2, Directory.GetFiles(folder["ca"]).Length);
    }

    private AccountCertificate Issue(SigningRequest request, TimeSpan? validity = null) =>
        Authorities.Ours.Issue(request, Build, validity ?? CertificateAuthority.DefaultValidity, _time);
}
