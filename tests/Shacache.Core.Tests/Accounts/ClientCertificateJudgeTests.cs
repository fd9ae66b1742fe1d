using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Shacache.Core.Accounts;
using Shacache.Testing;

namespace Shacache.Core.Tests.Accounts;

public sealed class ClientCertificateJudgeTests : IDisposable
{
    private static readonly AccountName Build = AccountName.Create("build-1");
    private readonly ManualTimeProvider _time = new();
    private readonly ClientCertificateJudge _judge;

    public ClientCertificateJudgeTests() => _judge = Authorities.NewJudge(_time);

    public void Dispose() => _judge.Dispose();

    [Fact]
    public void Judge_IssuedCertificate_IsValidFromItsBeginningToItsEnd()
    {
        using X509Certificate2 certificate = Issue(Authorities.Ours);
        ClientCertificateVerdict verdict = _judge.Judge(certificate);
        Assert.Equal((ClientCertificateState.Valid, Build), (verdict.State, verdict.Account));
        _time.Advance(TimeSpan.FromDays(90));
        Assert.Equal(ClientCertificateState.Valid, _judge.Judge(certificate).State);
        _time.Advance(TimeSpan.FromSeconds(1));
        verdict = _judge.Judge(certificate);
        Assert.Equal((ClientCertificateState.Expired, null), (verdict.State, verdict.Account));
        Assert.Equal("it was valid until 2026-04-02 03:04:05Z; now it is 2026-04-02 03:04:06Z", verdict.Explanation);
    }

    [Fact]
    public void Judge_BeforeItsTime_IsNotYetValid()
    {
        _time.Advance(TimeSpan.FromDays(10));
        using X509Certificate2 certificate = Issue(Authorities.Ours);
        using ClientCertificateJudge earlier = Authorities.NewJudge(new ManualTimeProvider());
        ClientCertificateVerdict verdict = earlier.Judge(certificate);
        Assert.Equal(ClientCertificateState.NotYetValid, verdict.State);
        Assert.Equal("it is valid from 2026-01-12 02:59:05Z on; now it is 2026-01-02 03:04:05Z", verdict.Explanation);
    }

    [Fact]
    public void Judge_AuthorityOfTheSameName_IsAnother()
    {
        using X509Certificate2 certificate = Issue(Authorities.Twin);
        Assert.Equal(ClientCertificateState.OtherAuthority, _judge.Judge(certificate).State);
        // Nor does its being expired tell anything about ours.
        _time.Advance(TimeSpan.FromDays(365));
        Assert.Equal(ClientCertificateState.OtherAuthority, _judge.Judge(certificate).State);
    }

    [Fact]
    public void Judge_SelfSigned_IsAnotherAuthority()
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        foreach (string subject in (string[])["CN=build-1", Authorities.Ours.Certificate.Subject])
        {
            using X509Certificate2 certificate =
                new CertificateRequest(subject, key, HashAlgorithmName.SHA256).CreateSelfSigned(_time.GetUtcNow(), _time.GetUtcNow().AddDays(1));
            Assert.Equal(ClientCertificateState.OtherAuthority, _judge.Judge(certificate).State);
        }
    }

    [Fact]
    public void Judge_TheAuthorityItself_IsNoClient()
    {
        ClientCertificateVerdict verdict = _judge.Judge(Authorities.Ours.Certificate);
        Assert.Equal((ClientCertificateState.WrongPurpose, null), (verdict.State, verdict.Account));
    }

    [Fact]
    public void Judge_AnyBitOfTheSignedPartChanged_IsNeverValid()
    {
        using X509Certificate2 certificate = Issue(Authorities.Ours);
        byte[] der = certificate.RawData;
        for (int i = 4; i < der.Length; i += 3)
        {
            byte[] changed = [.. der];
            changed[i] ^= 0x20;
            try
            {
                using X509Certificate2 forged = X509CertificateLoader.LoadCertificate(changed);
                Assert.NotEqual(ClientCertificateState.Valid, _judge.Judge(forged).State);
            }
            catch (CryptographicException)
            {
                // It cannot even be read.
            }
        }
    }

    [Fact]
    public void Judge_AuthorityExpires_NothingOfItIsValidAnyMore()
    {
        // An operator may issue what outlives the authority; ours never does.
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using RSA signer = RSA.Create();
        signer.ImportFromPem(Authorities.Ours.ExportKeyPem());
        using X509Certificate2 certificate = new CertificateRequest("CN=build-1", key, HashAlgorithmName.SHA256).Create(
            Authorities.Ours.Certificate.SubjectName,
            X509SignatureGenerator.CreateForRSA(signer, RSASignaturePadding.Pkcs1),
            _time.GetUtcNow(),
            _time.GetUtcNow().AddYears(20),
            [1, 2, 3]);
        Assert.Equal(ClientCertificateState.Valid, _judge.Judge(certificate).State);
        _time.Advance(TimeSpan.FromDays(3653));
        ClientCertificateVerdict verdict = _judge.Judge(certificate);
        Assert.Equal(ClientCertificateState.Expired, verdict.State);
        Assert.StartsWith("this cache's authority was valid until 2036-01-02", verdict.Explanation, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", ClientCertificateState.Valid)]
    [InlineData("extendedKeyUsage=clientAuth", ClientCertificateState.Valid)]
    [InlineData("extendedKeyUsage=serverAuth,clientAuth", ClientCertificateState.Valid)]
    [InlineData("extendedKeyUsage=anyExtendedKeyUsage", ClientCertificateState.Valid)]
    [InlineData("keyUsage=critical,digitalSignature,keyEncipherment", ClientCertificateState.Valid)]
    [InlineData("keyUsage=nonRepudiation,digitalSignature,keyEncipherment\nextendedKeyUsage=clientAuth\nbasicConstraints=CA:FALSE", ClientCertificateState.Valid)]
    [InlineData("extendedKeyUsage=serverAuth", ClientCertificateState.WrongPurpose)]
    [InlineData("extendedKeyUsage=critical,codeSigning", ClientCertificateState.WrongPurpose)]
    [InlineData("keyUsage=keyEncipherment", ClientCertificateState.WrongPurpose)]
    [InlineData("basicConstraints=CA:TRUE", ClientCertificateState.WrongPurpose)]
    public async Task Judge_CertificateOfOpenSslUnderOurAuthority_IsJudgedAlike(string extensions, ClientCertificateState expected)
    {
        using var openssl = new OpenSsl();
        ClientCertificateVerdict verdict = await JudgeAsync(openssl, "/CN=build-1", extensions);
        Assert.Equal(expected, verdict.State);
        Assert.Equal(expected == ClientCertificateState.Valid ? Build : null, verdict.Account);
    }

    [Theory]
    [InlineData("/CN=COMP-1234", "comp-1234")]
    [InlineData("/C=FR/O=Site/CN=build-1/emailAddress=a@example.org", "build-1")]
    [InlineData("/CN=Some Body", null)]
    [InlineData("/O=Site", null)]
    [InlineData("/CN=one/CN=two", null)]
    [InlineData("/CN=build-1\u2024x", null)]
    public async Task Judge_SubjectOfOpenSsl_GivesAnAccount(string subject, string? account)
    {
        using var openssl = new OpenSsl();
        ClientCertificateVerdict verdict = await JudgeAsync(openssl, subject, "");
        Assert.Equal(ClientCertificateState.Valid, verdict.State);
        using X509Certificate2 certificate = X509Certificate2.CreateFromPem(openssl.Read("c"));
        Assert.Equal(account ?? $"cert-{Fingerprint.OfKey(certificate.PublicKey).Value[..32]}", verdict.Account!.Value);
    }

    [Fact]
    public async Task Judge_AuthorityOfOpenSsl_AndOneBelowIt()
    {
        using var openssl = new OpenSsl();
        await openssl.RunAsync("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=Old CA", "-days", "30", "-keyout", "ca.key", "-out", "ca.crt");
        using var judge = ClientCertificateJudge.FromPem(openssl.Read("ca.crt"), TimeProvider.System);
        await IssueAsync(openssl, "/CN=build-1", "", "ca");
        Assert.Equal(ClientCertificateState.Valid, Judge(judge, openssl.Read("c")).State);

        await IssueAsync(openssl, "/CN=Below", "basicConstraints=critical,CA:TRUE", "ca");
        File.Move(openssl.PathOf("c"), openssl.PathOf("below.crt"));
        File.Move(openssl.PathOf("k"), openssl.PathOf("below.key"));
        await IssueAsync(openssl, "/CN=build-1", "", "below");
        Assert.Equal(ClientCertificateState.OtherAuthority, Judge(judge, openssl.Read("c")).State);
    }

    private static ClientCertificateVerdict Judge(ClientCertificateJudge judge, string pem)
    {
        using X509Certificate2 certificate = X509Certificate2.CreateFromPem(pem);
        return judge.Judge(certificate);
    }

    private static async Task IssueAsync(OpenSsl openssl, string subject, string extensions, string authority)
    {
        await openssl.RunAsync(
            "req", "-new", "-utf8", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", subject, "-keyout", "k", "-out", "r");
        openssl.Write("e", extensions + "\n");
        string[] extensionFile = extensions.Length == 0 ? [] : ["-extfile", "e"];
        await openssl.RunAsync(
            ["x509", "-req", "-in", "r", "-CA", $"{authority}.crt", "-CAkey", $"{authority}.key", "-CAcreateserial", "-days", "10", "-out", "c", .. extensionFile]);
    }

    private async Task<ClientCertificateVerdict> JudgeAsync(OpenSsl openssl, string subject, string extensions)
    {
        // openssl gives its certificates the time of the machine.
        _time.Advance(DateTimeOffset.UtcNow.AddHours(1) - _time.GetUtcNow());
        openssl.Write("ca.crt", Authorities.Ours.Certificate.ExportCertificatePem() + "\n");
        openssl.Write("ca.key", Authorities.Ours.ExportKeyPem());
        await IssueAsync(openssl, subject, extensions, "ca");
        return Judge(_judge, openssl.Read("c"));
    }

    private X509Certificate2 Issue(CertificateAuthority authority) =>
        X509Certificate2.CreateFromPem(authority.Issue(Authorities.NewRequest(), Build, CertificateAuthority.DefaultValidity, _time).Pem);
}
