using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using Shacache.Client.Configuration;
using Shacache.Client.Errors;
using Shacache.Client.Http;

namespace Shacache.Client.Diagnosis;

/// <summary>The credentials by which the upload servers know this machine.</summary>
internal sealed class TlsReview : IReviewStep
{
    private const string Check = "tls";

    private static readonly TimeSpan SoonExpired = TimeSpan.FromDays(14);

    public Task RunAsync(ReviewCase review, CancellationToken cancellationToken)
    {
        if (review.Uploads)
        {
            Review(review, "shacache", review.Options.CacheTls);
            Review(review, "shadir", review.Options.DirectoryTls);
        }

        return Task.CompletedTask;
    }

    private static void Review(ReviewCase review, string surface, TlsFiles files)
    {
        string about = $"{surface}-cert-file";
        // FileReview has reported missing files.
        if (new[] { files.CertificateFile, files.KeyFile, files.AuthorityFile }.Any(path => path is not null && !File.Exists(path)))
            return;
        SslClientAuthenticationOptions tls;
        try
        {
            tls = TlsIdentity.Load(files, surface);
        }
        catch (NetworkCacheConfigurationException e)
        {
            review.Checks.Fail(Check, e.Option, e.Message, "correct the option, or the file");
            return;
        }

        if (tls.ClientCertificateContext?.TargetCertificate is not { } certificate)
            return;
        using (certificate)
            Review(review, about, certificate);
    }

    private static void Review(ReviewCase review, string about, X509Certificate2 certificate)
    {
        DateTimeOffset now = review.TimeProvider.GetUtcNow();
        var end = new DateTimeOffset(certificate.NotAfter);
        string finding = $"{certificate.Subject}, valid until {end.UtcDateTime:yyyy-MM-dd}";
        if (now > end || now < new DateTimeOffset(certificate.NotBefore))
            review.Checks.Fail(Check, about, $"{finding}: not valid now", "shacache account request, if they are shacache servers; otherwise have their operator issue another");
        else if (end - now < SoonExpired)
            review.Checks.Doubt(Check, about, $"{finding}: that is soon", "shacache account renew, if they are shacache servers; otherwise have their operator renew it");
        else
            review.Checks.Pass(Check, about, finding);
    }
}
