using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Shacache.Core.Accounts;

namespace Shacache.Core.Tests.Accounts;

public sealed class SigningRequestTests
{
    private static readonly string[] KeyArguments2048 = ["-newkey", "rsa:2048"];

    public static TheoryData<string, string, string[]> GoodKeys() => new()
    {
        { "RSA-2048", "sha256", KeyArguments2048 },
        { "RSA-3072", "sha512", ["-newkey", "rsa:3072"] },
        { "ECDSA P-256", "sha256", ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"] },
        { "ECDSA P-384", "sha384", ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-384"] },
    };

    public static TheoryData<string, string[]> BadKeys() => new()
    {
        { "The key of the request is RSA-1024; RSA keys have 2048 to 8192 bits here.", ["-newkey", "rsa:1024"] },
        { "The key of the request is neither RSA nor ECDSA on curve P-256 or P-384.", ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-521"] },
        { "The key of the request is neither RSA nor ECDSA on curve P-256 or P-384.", ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:secp256k1"] },
        { "", ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-pkeyopt", "ec_param_enc:explicit"] },
        { "", ["-newkey", "ed25519"] },
    };

    [Theory]
    [MemberData(nameof(GoodKeys))]
    public async Task TryParse_RequestOfOpenSsl_IsRead(string description, string hash, string[] key)
    {
        using var openssl = new OpenSsl();
        await openssl.RunAsync(["req", "-new", "-nodes", $"-{hash}", "-subj", "/O=Site/CN=build-1", "-keyout", "k", "-out", "r", .. key]);
        SigningRequest request = Authorities.Parse(openssl.Read("r"));
        Assert.Equal((description, "build-1"), (request.KeyDescription, request.CommonName));

        await openssl.RunAsync("pkey", "-in", "k", "-pubout", "-outform", "DER", "-out", "p");
        Assert.Equal(Fingerprint.Of(await File.ReadAllBytesAsync(openssl.PathOf("p"), TestContext.Current.CancellationToken)), request.KeyFingerprint);
    }

    [Theory]
    [MemberData(nameof(BadKeys))]
    public async Task TryParse_KeyThatIsNotGoodEnough_IsRefusedWithTheReason(string expected, string[] key)
    {
        using var openssl = new OpenSsl();
        await openssl.RunAsync(["req", "-new", "-nodes", "-subj", "/CN=build-1", "-keyout", "k", "-out", "r", .. key]);
        Assert.False(SigningRequest.TryParse(openssl.Read("r"), out SigningRequest? request, out string? problem));
        Assert.Null(request);
        Assert.StartsWith(expected, problem, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', problem);
    }

    [Fact]
    public async Task TryParse_PrivateKeyInTheSameFile_IsNotKept()
    {
        using var openssl = new OpenSsl();
        await openssl.RunAsync(["req", "-new", "-nodes", "-subj", "/CN=build-1", "-keyout", "k", "-out", "r", .. KeyArguments2048]);
        SigningRequest request = Authorities.Parse(openssl.Read("k") + "some words\n" + openssl.Read("r") + openssl.Read("k"));
        Assert.DoesNotContain("PRIVATE", request.Pem, StringComparison.Ordinal);
        Assert.Equal(Authorities.Parse(openssl.Read("r")).Pem, request.Pem);
    }

    [Fact]
    public void TryParse_AnyByteChanged_IsRefused()
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        byte[] der = new CertificateRequest("CN=build-1", key, HashAlgorithmName.SHA256).CreateSigningRequest();
        Assert.True(SigningRequest.TryParse(Pem(der), out _, out _));
        for (int i = 0; i < der.Length; i++)
        {
            byte[] changed = [.. der];
            changed[i] ^= 1;
            Assert.False(SigningRequest.TryParse(Pem(changed), out _, out string? problem), $"byte {i}");
            Assert.DoesNotContain('\n', problem);
        }

        for (int length = 0; length < der.Length; length++)
            Assert.False(SigningRequest.TryParse(Pem(der[..length]), out _, out _), $"{length} bytes");
    }

    [Theory]
    [InlineData("")]
    [InlineData("-----BEGIN CERTIFICATE REQUEST-----\n-----END CERTIFICATE REQUEST-----")]
    [InlineData("-----BEGIN CERTIFICATE REQUEST-----\n!!!!\n-----END CERTIFICATE REQUEST-----")]
    [InlineData("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----")]
    [InlineData("-----BEGIN CERTIFICATE REQUEST-----")]
    public void TryParse_NoRequest_IsRefused(string text)
    {
        Assert.False(SigningRequest.TryParse(text, out _, out string? problem));
        Assert.NotEmpty(problem);
    }

    [Fact]
    public void TryParse_VeryLongText_IsNotLookedAt()
    {
        string text = Authorities.NewRequest().Pem + new string('x', SigningRequest.MaxLength);
        Assert.False(SigningRequest.TryParse(text, out _, out string? problem));
        Assert.Equal("The certificate request is longer than 16384 characters.", problem);
    }

    private static string Pem(byte[] der) => PemEncoding.WriteString("CERTIFICATE REQUEST", der);
}
