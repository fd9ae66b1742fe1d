using System.Runtime.Versioning;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Shacache.Http.Tls;
using Shacache.Testing;
using Shacache.Testing.Tls;

namespace Shacache.Http.Tests.Tls;

public sealed class ServerCertificateTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly TestAuthority _authority = new();
    private readonly LogRecorder _log = new();

    private string CertificatePath => _folder["tls.crt"];

    private string KeyPath => _folder["tls.key"];

    public void Dispose()
    {
        _authority.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [InlineData("rsa-pkcs1")]
    [InlineData("rsa-pkcs8")]
    [InlineData("ec-sec1")]
    [InlineData("ec-pkcs8")]
    public void Load_EveryFormOfKey_InAFileOfItsOwnOrBesideTheCertificate(string form)
    {
        using RSA rsa = RSA.Create(2048);
        using ECDsa ec = ECDsa.Create(ECCurve.NamedCurves.nistP384);
        using X509Certificate2 certificate = _authority.Issue(form.StartsWith("rsa", StringComparison.Ordinal) ? rsa : ec, "forms");
        string key = form switch
        {
            "rsa-pkcs1" => rsa.ExportRSAPrivateKeyPem(),
            "rsa-pkcs8" => rsa.ExportPkcs8PrivateKeyPem(),
            "ec-sec1" => ec.ExportECPrivateKeyPem(),
            _ => ec.ExportPkcs8PrivateKeyPem(),
        };
        File.WriteAllText(CertificatePath, certificate.ExportCertificatePem());
        TestAuthority.WriteKey(KeyPath, key);
        TestAuthority.WriteKey(_folder["both"], $"{key}\n{certificate.ExportCertificatePem()}\n{_authority.IntermediatePem}");

        Assert.Equal("CN=forms", Load(CertificatePath, KeyPath).Context.TargetCertificate.Subject);
        ServerCertificate both = Load(_folder["both"], null);
        Assert.Equal("CN=forms", both.Context.TargetCertificate.Subject);
        Assert.Equal("CN=Test intermediate", Assert.Single(both.Context.IntermediateCertificates).Subject);
    }

    [Theory]
    [InlineData("no certificate file", "cannot be read")]
    [InlineData("no key file", "cannot be read")]
    [InlineData("certificate empty", "holds no certificate")]
    [InlineData("certificate broken", "holds a certificate that cannot be read")]
    [InlineData("key empty", "holds no private key")]
    [InlineData("key broken", "does not belong")]
    [InlineData("key of another", "does not belong")]
    [InlineData("key of another kind", "does not belong")]
    [InlineData("key encrypted", "is encrypted")]
    [InlineData("key encrypted the old way", "is encrypted")]
    [InlineData("key short", "1024 bits")]
    [InlineData("file endless", "no PEM file")]
    public void Load_WhatCannotBeUsed_SaysWhichFileAndWhyInOneLine(string fault, string part)
    {
        _authority.WritePair("first", CertificatePath, KeyPath);
        using ECDsa ec = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using RSA rsa = RSA.Create(2048);
        switch (fault)
        {
            case "no certificate file": File.Delete(CertificatePath); break;
            case "no key file": File.Delete(KeyPath); break;
            case "certificate empty": File.WriteAllText(CertificatePath, ""); break;
            case "certificate broken": File.WriteAllText(CertificatePath, "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"); break;
            case "key empty": File.WriteAllText(KeyPath, ""); break;
            case "key broken": File.WriteAllText(KeyPath, "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"); break;
            case "key of another": File.WriteAllText(KeyPath, ec.ExportPkcs8PrivateKeyPem()); break;
            case "key of another kind": File.WriteAllText(KeyPath, rsa.ExportRSAPrivateKeyPem()); break;
            case "key encrypted":
                File.WriteAllText(KeyPath, ec.ExportEncryptedPkcs8PrivateKeyPem("x", new PbeParameters(PbeEncryptionAlgorithm.Aes128Cbc, HashAlgorithmName.SHA256, 1)));
                break;
            case "key encrypted the old way":
                File.WriteAllText(KeyPath, "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\nAAAA\n-----END RSA PRIVATE KEY-----\n");
                break;
            case "key short":
                using (RSA weak = RSA.Create(1024))
                using (X509Certificate2 certificate = _authority.Issue(weak, "weak"))
                {
                    File.WriteAllText(CertificatePath, certificate.ExportCertificatePem());
                    File.WriteAllText(KeyPath, weak.ExportPkcs8PrivateKeyPem());
                }

                break;
            default: File.WriteAllBytes(CertificatePath, new byte[(1 << 20) + 1]); break;
        }

        string message = Assert.Throws<CertificateFileException>(() => Load(CertificatePath, KeyPath)).Message;

        Assert.Contains(part, message, StringComparison.Ordinal);
        Assert.Contains(_folder.Path, message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', message);
    }

    [Fact]
    public void Announce_NothingWrong_WarnsOfNothing()
    {
        _authority.WritePair("first", CertificatePath, KeyPath);

        Load(CertificatePath, KeyPath).Announce(_log);

        Assert.Empty(_log.Lines);
    }

    [Fact]
    [UnsupportedOSPlatform("windows")]
    public void Announce_KeyThatOthersCanRead_WarnsAlsoBehindALink()
    {
        _authority.WritePair("first", CertificatePath, _folder["real.key"]);
        File.SetUnixFileMode(_folder["real.key"], UnixFileMode.UserRead | UnixFileMode.OtherRead);
        File.CreateSymbolicLink(KeyPath, _folder["real.key"]);

        Load(CertificatePath, KeyPath).Announce(_log);

        Assert.Contains($"can read the private key {KeyPath}", Assert.Single(_log.Lines).Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Announce_ExpiredOrFutureCertificate_Warns()
    {
        _authority.WritePair("past", CertificatePath, KeyPath, end: -TimeSpan.FromHours(1));
        ServerCertificate certificate = Load(CertificatePath, KeyPath);
        certificate.Announce(_log);
        _authority.WritePair("future", CertificatePath, KeyPath, end: TimeSpan.FromDays(3));
        certificate.Reload(_log);

        Assert.Equal(2, _log.Lines.Count);
        Assert.Contains("expired at", _log.Lines.First().Text, StringComparison.Ordinal);
        Assert.Contains("not valid before", _log.Lines.Last().Text, StringComparison.Ordinal);
        Assert.Equal("CN=future", certificate.Context.TargetCertificate.Subject);
    }

    [Fact]
    public void Check_CertificateReplacedBeforeItsKey_WaitsForBothAndLogsNothing()
    {
        _authority.WritePair("first", CertificatePath, KeyPath);
        ServerCertificate certificate = Load(CertificatePath, KeyPath);
        _authority.WritePair("second", _folder["new.crt"], _folder["new.key"]);

        File.Move(_folder["new.crt"], CertificatePath, overwrite: true);
        certificate.Check(_log);
        File.Move(_folder["new.key"], KeyPath, overwrite: true);
        certificate.Check(_log);
        string between = certificate.Context.TargetCertificate.Subject;
        certificate.Check(_log);

        Assert.Equal("CN=first", between);
        Assert.Equal("CN=second", certificate.Context.TargetCertificate.Subject);
        Assert.Empty(_log.Lines);
    }

    [Fact]
    public void Check_PairThatDoesNotMatch_LogsItOnceAndTheOldOneStaysUntilAGoodOneComes()
    {
        _authority.WritePair("first", CertificatePath, KeyPath);
        ServerCertificate certificate = Load(CertificatePath, KeyPath);
        _authority.WritePair("second", CertificatePath, _folder["unused.key"]);
        for (int i = 0; i < 5; i++)
            certificate.Check(_log);

        Assert.Equal("CN=first", certificate.Context.TargetCertificate.Subject);
        Assert.Contains("does not belong", Assert.Single(_log.Lines).Text, StringComparison.Ordinal);

        File.Delete(KeyPath);
        for (int i = 0; i < 3; i++)
            certificate.Check(_log);
        Assert.Equal(2, _log.Lines.Count);

        File.Move(_folder["unused.key"], KeyPath);
        certificate.Check(_log);
        certificate.Check(_log);
        Assert.Equal("CN=second", certificate.Context.TargetCertificate.Subject);
        Assert.Equal(2, _log.Lines.Count);
    }

    [Fact]
    public void Check_LinksTurnedToFilesOfEqualTimeAndLength_AreSeen()
    {
        DateTime time = DateTime.UtcNow.AddDays(-1);
        foreach (string name in (string[])["one", "two"])
        {
            Directory.CreateDirectory(_folder[name]);
            _authority.WritePair(name, _folder[name, "c"], _folder[name, "k"]);
            File.SetLastWriteTimeUtc(_folder[name, "c"], time);
            File.SetLastWriteTimeUtc(_folder[name, "k"], time);
        }

        File.CreateSymbolicLink(CertificatePath, _folder["one", "c"]);
        File.CreateSymbolicLink(KeyPath, _folder["one", "k"]);
        ServerCertificate certificate = Load(CertificatePath, KeyPath);
        File.CreateSymbolicLink(_folder["new.crt"], _folder["two", "c"]);
        File.CreateSymbolicLink(_folder["new.key"], _folder["two", "k"]);
        File.Move(_folder["new.crt"], CertificatePath, overwrite: true);
        File.Move(_folder["new.key"], KeyPath, overwrite: true);
        certificate.Check(_log);
        certificate.Check(_log);

        Assert.Equal("CN=two", certificate.Context.TargetCertificate.Subject);
    }

    private static ServerCertificate Load(string certificate, string? key) => ServerCertificate.Load(new CertificateFiles(certificate, key), TimeProvider.System);
}
