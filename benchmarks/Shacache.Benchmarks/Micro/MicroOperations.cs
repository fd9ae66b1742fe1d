using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using Shacache.Benchmarks.Cases;
using Shacache.Core.Blobs;
using Shacache.Core.Entries;
using Shacache.Core.Signing;

namespace Shacache.Benchmarks.Micro;

/// <summary>The operations of the domain, each prepared and then given to be timed.</summary>
internal static class MicroOperations
{
    private const int KeyBits = 2048;

    public static IEnumerable<(string Name, Func<ValueTask> Operation)> Prepare()
    {
        byte[] bytes = RandomNumberGenerator.GetBytes(1 << 20);
        yield return ("digest of 4 KiB", Synchronously(() => Digest.Compute(bytes.AsSpan(0, 4096))));
        yield return ("digest of 1 MiB", Synchronously(() => Digest.Compute(bytes)));
        string hex = Digest.Empty.ToString();
        yield return ("digest from text", Synchronously(() => Digest.TryParse(hex, out _)));

        SignedEntry entry = new EntryTemplate().Entry("0");
        byte[] document = JsonSerializer.SerializeToUtf8Bytes((string[])[entry.Information, entry.Signature]);
        yield return ("entry document, parse", Synchronously(() => EntryDocument.TryParsePair(document, out _, out _)));
        yield return ("entry key, decode", Synchronously(() => EntryKey.TryParsePathSegment("file-urlmd5%3A0123456789abcdef0123456789abcdef", out _, out _)));

        foreach (int certificates in (int[])[1, 5])
        {
            (TrustedKeys trusted, SignedEntry signed) = Sign(entry.Information, certificates);
            using (trusted)
                yield return ($"verify, RSA-{KeyBits}, signer {certificates} of {certificates}", Synchronously(() => trusted.FindSigner(signed)));
        }
    }

    private static Func<ValueTask> Synchronously<T>(Func<T> operation) => () =>
    {
        _ = operation();
        return ValueTask.CompletedTask;
    };

    /// <summary>An entry whose signer is the last of a list.</summary>
    private static (TrustedKeys Trusted, SignedEntry Entry) Sign(string information, int certificates)
    {
        StringBuilder list = new();
        string signature = "";
        for (int i = 0; i < certificates; i++)
        {
            using var rsa = RSA.Create(KeyBits);
            var request = new CertificateRequest($"CN=bench-{i}", rsa, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
            using X509Certificate2 certificate = request.CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(100));
            list.AppendLine(certificate.ExportCertificatePem());
            using var key = SigningKey.FromPem(rsa.ExportRSAPrivateKeyPem());
            signature = key.Sign(information);
        }

        return SignedEntry.TryCreate(information, signature, out SignedEntry? entry, out string? problem)
            ? (TrustedKeys.Parse(list.ToString()), entry)
            : throw new InvalidOperationException(problem);
    }
}
