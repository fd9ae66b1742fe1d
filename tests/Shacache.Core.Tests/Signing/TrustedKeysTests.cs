using System.Security.Cryptography;
using Shacache.Core.Blobs;
using Shacache.Core.Entries;
using Shacache.Core.Signing;

namespace Shacache.Core.Tests.Signing;

public sealed class TrustedKeysTests
{
    private static readonly SignatureVectors Vectors = SignatureVectors.Read();
    private static readonly string Information = $$"""{"sha512": "{{Digest.Empty}}"}""";

    public static TheoryData<string> CaseNames() => [.. Vectors.Cases.Select(vector => vector.Name)];

    [Theory]
    [MemberData(nameof(CaseNames))]
    public void FindSigner_Vector_TrustedByExactlyTheKeysNamed(string name)
    {
        SignatureVectors.Case vector = Vectors.Cases.Single(vector => vector.Name == name);
        // The pair is restored, not checked: the verdict on a signature that is no base64 is asked for as well.
        SignedEntry entry = SignedEntry.Restore(vector.Information, vector.Signature, Digest.Empty, null);

        List<string> trustedBy = [];
        foreach ((string owner, string certificate) in Vectors.Certificates)
        {
            using TrustedKeys trusted = TrustedKeys.Parse(certificate);
            Assert.Empty(trusted.Warnings);
            if (trusted.FindSigner(entry) is not null)
                trustedBy.Add(owner);
        }

        Assert.Equal(vector.TrustedBy, trustedBy);
    }

    [Fact]
    public void FindSigner_ListOfAllCertificates_NamesTheSigner()
    {
        using TrustedKeys trusted = TrustedKeys.Parse(string.Concat(Vectors.Certificates.Values));
        Assert.Equal(Vectors.Certificates.Count, trusted.Keys.Count);
        string[] owners = [.. Vectors.Certificates.Keys];

        foreach (SignatureVectors.Case vector in Vectors.Cases)
        {
            TrustedKey? signer = trusted.FindSigner(SignedEntry.Restore(vector.Information, vector.Signature, Digest.Empty, null));
            Assert.Equal(vector.TrustedBy.SingleOrDefault(), signer is null ? null : owners[signer.Position - 1]);
        }
    }

    [Fact]
    public void FindSigner_OneByteChanged_IsRejected()
    {
        using SigningKey key = SigningKey.FromPem(Vectors.PrivateKeys["modern2048"]);
        using TrustedKeys trusted = TrustedKeys.Parse(Vectors.Certificates["modern2048"]);
        string signature = key.Sign(Information);
        Assert.NotNull(trusted.FindSigner(Entry(Information, signature)));

        Assert.Null(trusted.FindSigner(Entry(Information + " ", signature)));
        byte[] bytes = Convert.FromBase64String(signature);
        for (int bit = 0; bit < bytes.Length * 8; bit += 61)
        {
            byte[] altered = [.. bytes];
            altered[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.Null(trusted.FindSigner(Entry(Information, Convert.ToBase64String(altered))));
        }
    }

    [Fact]
    public void FindSigner_WrappedSignature_IsAccepted()
    {
        using SigningKey key = SigningKey.FromPem(Vectors.PrivateKeys["legacy1024"]);
        using TrustedKeys trusted = TrustedKeys.Parse(Vectors.Certificates["legacy1024"]);
        string signature = key.Sign(Information);

        Assert.NotNull(trusted.FindSigner(Entry(Information, signature.Insert(76, "\n") + "\n")));
    }

    [Fact]
    public void FindSigner_NoList_TrustsNothing()
    {
        using SigningKey key = SigningKey.FromPem(Vectors.PrivateKeys["modern2048"]);
        SignedEntry entry = Entry(Information, key.Sign(Information));

        Assert.Null(TrustedKeys.None.FindSigner(entry));
        Assert.Null(TrustedKeys.Parse("").FindSigner(entry));
        Assert.Null(TrustedKeys.Parse("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n").FindSigner(entry));
    }

    [Fact]
    public void FindSigner_ManyThreads_AllAgree()
    {
        using SigningKey key = SigningKey.FromPem(Vectors.PrivateKeys["modern2048"]);
        using TrustedKeys trusted = TrustedKeys.Parse(string.Concat(Vectors.Certificates.Values));
        SignedEntry good = Entry(Information, key.Sign(Information));
        SignedEntry bad = Entry(Information + " ", good.Signature);

        int wrong = 0;
        Parallel.For(0, 2000, new ParallelOptions { MaxDegreeOfParallelism = 16 }, i =>
        {
            if (trusted.FindSigner(i % 2 == 0 ? good : bad) is null != (i % 2 != 0))
                Interlocked.Increment(ref wrong);
        });
        Assert.Equal(0, wrong);
    }

    [Theory]
    [InlineData("indented", "    ", "\n")]
    [InlineData("tabs", "\t", "\n")]
    [InlineData("CRLF", "", "\r\n")]
    [InlineData("indented CRLF", "  ", "\r\n")]
    public void Parse_ListInAnyLayout_KeepsEveryKey(string layout, string indent, string lineEnd)
    {
        string text = string.Concat(string.Concat(Vectors.Certificates.Values).TrimEnd().Split('\n').Select(line => indent + line + lineEnd));
        using TrustedKeys trusted = TrustedKeys.Parse(text);
        Assert.True(trusted.Warnings.Count == 0, $"{layout}: {string.Join('|', trusted.Warnings)}");
        Assert.Equal([1, 2, 3], trusted.Keys.Select(key => key.Position));
    }

    [Fact]
    public void Parse_CommentsBetweenAndInside_AreIgnored()
    {
        string[] certificates = [.. Vectors.Certificates.Values];
        string commented = certificates[0].Insert(certificates[0].IndexOf('\n', StringComparison.Ordinal) + 1, "# inside\n");
        using TrustedKeys trusted = TrustedKeys.Parse($"# the first\n{commented}\n\n; another, and text\nwithout a mark\n{certificates[1]}# end");
        Assert.Empty(trusted.Warnings);
        Assert.Equal(["CN=COMP-2011", "CN=COMP-2026"], trusted.Keys.Select(key => key.Subject));
    }

    [Theory]
    [InlineData("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "it is not a certificate")]
    [InlineData("-----BEGIN CERTIFICATE-----\n!!!!\n-----END CERTIFICATE-----\n", "not base64")]
    [InlineData("-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n", "not base64")]
    [InlineData("-----BEGIN CERTIFICATE-----\nAAAA\n", "no END line")]
    public void Parse_OneUnreadable_IsSkippedWithItsPositionAndTheOthersStay(string broken, string problem)
    {
        string[] certificates = [.. Vectors.Certificates.Values];
        using TrustedKeys trusted = TrustedKeys.Parse(certificates[0] + broken + certificates[1]);
        Assert.Equal([1, 3], trusted.Keys.Select(key => key.Position));
        string warning = Assert.Single(trusted.Warnings);
        Assert.StartsWith("Certificate 2 of the list is skipped: ", warning, StringComparison.Ordinal);
        Assert.Contains(problem, warning, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', warning);
    }

    [Fact]
    public void Parse_NoCertificateAtAll_Warns()
    {
        Assert.Equal("The list of certificates holds no PEM certificate.", Assert.Single(TrustedKeys.Parse("COMP-2026").Warnings));
        Assert.Empty(TrustedKeys.Parse(" \n").Warnings);
    }

    [Fact]
    public void Parse_EllipticKey_IsSkipped()
    {
        using TrustedKeys trusted = TrustedKeys.Parse(TestCertificates.Elliptic("CN=curve") + Vectors.Certificates["modern2048"]);
        Assert.Equal("Certificate 1 of the list is skipped: its key is not RSA (CN=curve).", Assert.Single(trusted.Warnings));
        Assert.Equal(2, Assert.Single(trusted.Keys).Position);
    }

    [Theory]
    [InlineData(1024, true)]
    [InlineData(2048, true)]
    [InlineData(4096, false)]
    public void Parse_AnyLengthAndValidity_IsTrusted(int bits, bool expired)
    {
        using var rsa = RSA.Create(bits);
        using SigningKey key = SigningKey.FromPem(rsa.ExportRSAPrivateKeyPem());
        using TrustedKeys trusted = TrustedKeys.Parse(TestCertificates.Rsa("CN=any", rsa, expired));
        TrustedKey? signer = trusted.FindSigner(Entry(Information, key.Sign(Information)));
        Assert.Equal(bits, signer?.KeyBits);
    }

    [Fact]
    public void Parse_AnyTruncation_NeverThrows()
    {
        string certificate = Vectors.Certificates["modern2048"];
        for (int length = 0; length < certificate.Length; length += 7)
        {
            using TrustedKeys trusted = TrustedKeys.Parse(certificate[..length]);
            Assert.Empty(trusted.Keys);
        }
    }

    private static SignedEntry Entry(string information, string signature) =>
        SignedEntry.TryCreate(information, signature, out SignedEntry? entry, out string? problem) ? entry : throw new FormatException(problem);
}
