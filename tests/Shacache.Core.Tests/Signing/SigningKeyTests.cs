using System.Security.Cryptography;
using Shacache.Core.Entries;
using Shacache.Core.Signing;

namespace Shacache.Core.Tests.Signing;

public sealed class SigningKeyTests
{
    private static readonly SignatureVectors Vectors = SignatureVectors.Read();

    public static TheoryData<string> KeyNames() => [.. Vectors.PrivateKeys.Keys];

    [Theory]
    [MemberData(nameof(KeyNames))]
    public void Sign_VectorsOfThisKey_GivesTheSameSignature(string owner)
    {
        using SigningKey key = SigningKey.FromPem(Vectors.PrivateKeys[owner]);
        foreach (SignatureVectors.Case vector in Vectors.Cases.Where(vector => vector.TrustedBy.Contains(owner)))
            Assert.Equal(vector.Signature.ReplaceLineEndings(""), key.Sign(vector.Information));
    }

    [Theory]
    [MemberData(nameof(KeyNames))]
    public void IsTrustedBy_EachCertificate_OnlyByItsOwn(string owner)
    {
        using SigningKey key = SigningKey.FromPem(Vectors.PrivateKeys[owner]);
        foreach ((string name, string certificate) in Vectors.Certificates)
            Assert.Equal(name == owner, key.IsTrustedBy(TrustedKeys.Parse(certificate)));
        Assert.True(key.IsTrustedBy(TrustedKeys.Parse(string.Concat(Vectors.Certificates.Values))));
        Assert.False(key.IsTrustedBy(TrustedKeys.None));
    }

    [Fact]
    public void FromPem_AnyLayout_IsRead()
    {
        using var rsa = RSA.Create(1024);
        string[] forms = [rsa.ExportRSAPrivateKeyPem(), rsa.ExportPkcs8PrivateKeyPem()];
        string expected = Convert.ToBase64String(rsa.SignData("x"u8, HashAlgorithmName.SHA1, RSASignaturePadding.Pkcs1));
        foreach (string pem in forms)
        {
            string[] layouts = [pem, pem + "\n", pem.ReplaceLineEndings("\r\n"), pem.ReplaceLineEndings("\n    "), "# my key\n" + pem + "\n# end\n"];
            foreach (string layout in layouts)
            {
                using SigningKey key = SigningKey.FromPem(layout);
                Assert.Equal(expected, key.Sign("x"));
            }
        }
    }

    [Fact]
    public void FromPem_NotAnRsaPrivateKey_SaysSoOnOneLine()
    {
        using var rsa = RSA.Create(1024);
        using var curve = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        string[] bad =
        [
            "", "nonsense", rsa.ExportRSAPublicKeyPem(), rsa.ExportSubjectPublicKeyInfoPem(), Vectors.Certificates["modern2048"],
            curve.ExportPkcs8PrivateKeyPem(), curve.ExportECPrivateKeyPem(), rsa.ExportPkcs8PrivateKeyPem()[..300],
            "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
        ];
        foreach (string text in bad)
        {
            FormatException e = Assert.Throws<FormatException>(() => SigningKey.FromPem(text));
            Assert.Equal("no unencrypted RSA private key in PEM form (PKCS#1 or PKCS#8) was found", e.Message);
        }
    }

    [Fact]
    public void FromPem_EncryptedKey_SaysWhatToDo()
    {
        using var rsa = RSA.Create(1024);
        string pem = rsa.ExportEncryptedPkcs8PrivateKeyPem("secret", new PbeParameters(PbeEncryptionAlgorithm.Aes256Cbc, HashAlgorithmName.SHA256, 1));
        FormatException e = Assert.Throws<FormatException>(() => SigningKey.FromPem(pem));
        Assert.Contains("is encrypted; decrypt it first", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Sign_ManyThreads_AllAgree()
    {
        using SigningKey key = SigningKey.FromPem(Vectors.PrivateKeys["legacy1024"]);
        string expected = key.Sign("text é");
        Parallel.For(0, 500, new ParallelOptions { MaxDegreeOfParallelism = 8 }, _ => Assert.Equal(expected, key.Sign("text é")));
    }

    [Fact]
    public void Generate_Default_Has3072BitsAndRoundTripsAsPkcs8()
    {
        using SigningKey key = SigningKey.Generate();
        Assert.Equal(3072, key.KeyBits);
        string pem = key.ExportPem();
        Assert.StartsWith("-----BEGIN PRIVATE KEY-----\n", pem, StringComparison.Ordinal);
        Assert.EndsWith("-----END PRIVATE KEY-----\n", pem, StringComparison.Ordinal);
        using SigningKey again = SigningKey.FromPem(pem);
        Assert.Equal(key.Sign("text"), again.Sign("text"));
        Assert.DoesNotContain('\n', key.Sign("text"));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1024)]
    [InlineData(2049)]
    [InlineData(16384)]
    public void Generate_LengthOutOfBounds_IsRefused(int bits) => Assert.Throws<ArgumentOutOfRangeException>(() => SigningKey.Generate(bits));

    [Fact]
    public void Sign_WhatItSigned_IsFoundByItsOwnCertificate()
    {
        using SigningKey key = SigningKey.Generate(2048);
        using TrustedKeys trusted = TrustedKeys.Parse(SignatureCertificate.CreatePem(key, "COMP-1", DateTimeOffset.UnixEpoch));
        string information = $$"""{"sha512": "{{Core.Blobs.Digest.Empty}}", "name": "caf\u00e9 é"}""";
        Assert.True(SignedEntry.TryCreate(information, key.Sign(information), out SignedEntry? entry, out _));
        Assert.Equal("CN=COMP-1", trusted.FindSigner(entry)?.Subject);
    }
}
