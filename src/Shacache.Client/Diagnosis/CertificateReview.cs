using Shacache.Core.Signing;

namespace Shacache.Client.Diagnosis;

/// <summary>Each certificate of the list: whose it is, how strong, and which cannot be read.</summary>
internal sealed class CertificateReview : IReviewStep
{
    /// <summary>Shorter RSA keys are within reach of those who have the means.</summary>
    public const int MinStrongBits = 2048;

    private const string Check = "certificate";

    public Task RunAsync(ReviewCase review, CancellationToken cancellationToken)
    {
        using var trusted = TrustedKeys.Parse(review.Options.SignatureCertificateList ?? "");
        foreach (string warning in trusted.Warnings)
            review.Checks.Fail(Check, "signature-certificate-list", warning, "mend or remove it");
        Dictionary<string, int> seen = [];
        foreach (TrustedKey key in trusted.Keys)
        {
            string subject = $"{key.Position} {key.Subject}";
            string finding = $"RSA {key.KeyBits} bits, SHA-256 fingerprint {key.Fingerprint}";
            if (!seen.TryAdd(Convert.ToHexString(key.ExportPublicKey()), key.Position))
                review.Checks.Note(Check, subject, $"{finding}: it has the key of certificate {seen[Convert.ToHexString(key.ExportPublicKey())]}", "one of them is enough");
            else if (key.KeyBits < MinStrongBits)
                review.Checks.Doubt(Check, subject, $"{finding}: weak", "have that machine make a new key: shacache generate-signature-key");
            else
                review.Checks.Pass(Check, subject, finding);
        }

        if (trusted.Keys.Count == 0 && trusted.Warnings.Count == 0)
            review.Checks.Fail(Check, "signature-certificate-list", "it is empty: nothing is trusted, so nothing is ever taken from a cache", "add the certificates of the machines that you trust");
        else if (trusted.Keys.Count == 0)
            review.Checks.Fail(Check, "signature-certificate-list", "no certificate can be read: nothing is trusted", "add the certificates of the machines that you trust");
        review.Checks.Note(
            "policy", null,
            $"signature-policy is {review.Options.SignaturePolicy.ToString().ToLowerInvariant()}, key-binding is {review.Options.KeyBinding.ToString().ToLowerInvariant()}");
        return Task.CompletedTask;
    }
}
