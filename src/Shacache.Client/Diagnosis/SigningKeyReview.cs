using Shacache.Client.Configuration;
using Shacache.Client.Errors;
using Shacache.Core.Signing;

namespace Shacache.Client.Diagnosis;

/// <summary>Whether clients, this machine included, can trust what this machine uploads.</summary>
internal sealed class SigningKeyReview : IReviewStep
{
    private const string Check = "signing key";

    public Task RunAsync(ReviewCase review, CancellationToken cancellationToken)
    {
        NetworkCacheOptions options = review.Options;
        if (options.SignaturePrivateKeyFile is not { } path)
        {
            if (review.Uploads)
                review.Checks.Doubt(Check, null, "signature-private-key-file is not set: what is uploaded is not signed, and no client trusts it", "shacache generate-signature-key");
            return Task.CompletedTask;
        }

        string text;
        try
        {
            text = File.ReadAllText(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // FileReview has reported it.
            return Task.CompletedTask;
        }

        try
        {
            using var key = SigningKey.FromPem(text);
            Review(review, key, path);
        }
        catch (FormatException e)
        {
            review.Checks.Fail(Check, path, e.Message, "name a private key in PEM form, or make one: shacache generate-signature-key");
        }

        return Task.CompletedTask;
    }

    private static void Review(ReviewCase review, SigningKey key, string path)
    {
        if (key.KeyBits < CertificateReview.MinStrongBits)
            review.Checks.Doubt(Check, path, $"RSA {key.KeyBits} bits: weak", "make a new one: shacache generate-signature-key");
        using var trusted = TrustedKeys.Parse(review.Options.SignatureCertificateList ?? "");
        if (trusted.Keys.FirstOrDefault(key.IsPairOf) is { } own)
        {
            review.Checks.Pass(Check, path, $"RSA {key.KeyBits} bits, certificate {own.Position} of the list ({own.Subject})");
        }
        else if (review.Uploads)
        {
            review.Checks.Fail(
                Check, path, "its certificate is not in signature-certificate-list: no upload starts, as it could never be read back",
                review.Options.SignatureCertificateFile is { } file ? $"add {OneLine.Of(file)} to the list" : "add its certificate to the list");
        }

        ReviewCertificate(review, key);
    }

    private static void ReviewCertificate(ReviewCase review, SigningKey key)
    {
        if (review.Options.SignatureCertificateFile is not { } path)
            return;
        try
        {
            using var certificate = TrustedKeys.Parse(File.ReadAllText(path));
            if (certificate.Keys.Count == 0)
                review.Checks.Fail(Check, path, "it holds no certificate that can be read", "make a new key and certificate: shacache generate-signature-key");
            else if (!certificate.Keys.Any(key.IsPairOf))
                review.Checks.Fail(Check, path, "it is not the certificate of signature-private-key-file", "name the two files that were made together");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // FileReview has reported it.
        }
    }
}

/// <summary>Each certificate of the list: its subject, its strength, and which cannot be read.</summary>
internal sealed class CertificateReview : IReviewStep
{
    /// <summary>Shorter RSA keys can be broken with large resources.</summary>
    public const int MinStrongBits = 2048;

    private const string Check = "certificate";

    public Task RunAsync(ReviewCase review, CancellationToken cancellationToken)
    {
        using var trusted = TrustedKeys.Parse(review.Options.SignatureCertificateList ?? "");
        foreach (string warning in trusted.Warnings)
            review.Checks.Fail(Check, "signature-certificate-list", warning, "correct or remove it");
        Dictionary<string, int> seen = [];
        foreach (TrustedKey key in trusted.Keys)
        {
            string subject = $"{key.Position} {key.Subject}";
            string finding = $"RSA {key.KeyBits} bits, SHA-256 fingerprint {key.Fingerprint}";
            if (!seen.TryAdd(Convert.ToHexString(key.ExportPublicKey()), key.Position))
                review.Checks.Note(Check, subject, $"{finding}: it has the key of certificate {seen[Convert.ToHexString(key.ExportPublicKey())]}", "one of them is enough");
            else if (key.KeyBits < MinStrongBits)
                review.Checks.Doubt(Check, subject, $"{finding}: weak", "make a new key on that machine: shacache generate-signature-key");
            else
                review.Checks.Pass(Check, subject, finding);
        }

        if (trusted.Keys.Count == 0 && trusted.Warnings.Count == 0)
            review.Checks.Fail(Check, "signature-certificate-list", "it is empty: nothing is trusted, so nothing is ever taken from a cache", "add the certificates of the machines that you trust");
        else if (trusted.Keys.Count == 0)
            review.Checks.Fail(Check, "signature-certificate-list", "no certificate can be read: nothing is trusted", "add the certificates of the machines that you trust");
        review.Checks.Note(
            "policy", null,
            $"signature-policy is {review.Options.SignaturePolicy.ToString().ToLowerInvariant()}, key-binding is {review.Options.KeyBinding.ToString().ToLowerInvariant()}, platform-match is {review.Options.PlatformMatch.ToString().ToLowerInvariant()}");
        return Task.CompletedTask;
    }
}
