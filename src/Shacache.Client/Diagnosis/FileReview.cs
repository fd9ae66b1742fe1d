using Shacache.Client.Configuration;
using Shacache.Client.Errors;

namespace Shacache.Client.Diagnosis;

/// <summary>The files that the configuration names, and itself: whether they are there, and who else can read or change them.</summary>
internal sealed class FileReview : IReviewStep
{
    private const UnixFileMode OthersRead = UnixFileMode.OtherRead;
    private const UnixFileMode OthersWrite = UnixFileMode.OtherWrite;
    private const string Check = "file";
    private const string CertificateFileOption = "signature-certificate-file";

    /// <summary>Certificates, their chain and a key have a few thousand characters.</summary>
    private const int MaxPemChars = 256 * 1024;

    public Task RunAsync(ReviewCase review, CancellationToken cancellationToken)
    {
        bool hasPassword = review.Options.Servers.All().Concat(review.Options.BinaryServers.All()).Any(url => url.HasCredentials);
        ReviewMode(review, null, review.File.Name, hasPassword ? "it holds a password" : null);
        NetworkCacheOptions options = review.Options;
        ReviewFile(review, "signature-private-key-file", options.SignaturePrivateKeyFile, "it is a private key");
        ReviewFile(review, CertificateFileOption, options.SignatureCertificateFile, null);
        Review(review, "shacache", options.CacheTls);
        Review(review, "shadir", options.DirectoryTls);
        ReviewFile(review, BearerToken.FileOption, options.UploadTokenFile, "it is a token");
        return Task.CompletedTask;
    }

    private static void Review(ReviewCase review, string surface, TlsFiles files)
    {
        ReviewFile(review, $"{surface}-cert-file", files.CertificateFile, null);
        ReviewFile(review, $"{surface}-key-file", files.KeyFile, "it is a private key");
        ReviewFile(review, $"{surface}-ca-file", files.AuthorityFile, null);
    }

    private static void ReviewFile(ReviewCase review, string option, string? path, string? secret)
    {
        if (path is null)
            return;
        string about = $"{option} {path}";
        try
        {
            // A certificate file may hold the private key, too.
            if (HoldsPrivateKey(path))
                secret ??= "it holds a private key";
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            if (review.Uploads)
                review.Checks.Fail(Check, about, "there is no such file", "correct the path, or make the file");
            else if (option != CertificateFileOption && option != BearerToken.FileOption)
                review.Checks.Fail(Check, about, "there is no such file: slapgrid does not start, although none is needed, as this machine only downloads", "remove the option");
            else
                review.Checks.Note(Check, about, "there is no such file, and none is needed: this machine only downloads", "remove the option");
            return;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            review.Checks.Doubt(Check, about, $"this user cannot read it: {OneLine.Of(e)}", "check again as the user who uploads");
            return;
        }

        if (secret is not null && !review.Uploads && option is "shacache-cert-file" or "shacache-key-file" or "shadir-cert-file" or "shadir-key-file")
            review.Checks.Note(Check, about, $"{secret}, and this machine only downloads", "remove the file and the option, unless the server lets only accounts read (read-access)");
        else if (secret is not null && !review.Uploads)
            review.Checks.Fail(Check, about, $"{secret}, but this machine only downloads", "it should not be here: remove the file and the option");
        ReviewMode(review, option, path, secret);
    }

    private static bool HoldsPrivateKey(string path)
    {
        using StreamReader file = new(path);
        char[] text = new char[MaxPemChars];
        return new string(text, 0, file.ReadBlock(text)).Contains("PRIVATE KEY-----", StringComparison.Ordinal);
    }

    private static void ReviewMode(ReviewCase review, string? option, string path, string? secret)
    {
        string about = option is null ? path : $"{option} {path}";
        if (OperatingSystem.IsWindows())
            return;
        try
        {
            UnixFileMode mode = File.GetUnixFileMode(path);
            string octal = Convert.ToString((int)mode, 8);
            if (mode.HasFlag(OthersWrite))
                review.Checks.Fail(Check, about, $"everybody on this machine can change it (mode {octal})", "chmod o-w");
            if (secret is not null && mode.HasFlag(OthersRead))
                review.Checks.Fail(Check, about, $"{secret}, and everybody on this machine can read it (mode {octal})", secret.Contains("password", StringComparison.Ordinal) ? "chmod o-r" : "chmod 600; treat it as disclosed, and make a new one");
            else if (secret is not null && mode.HasFlag(UnixFileMode.GroupRead))
                review.Checks.Note(Check, about, $"{secret}, and its group can read it (mode {octal})");
            else if (option is not null && !mode.HasFlag(OthersWrite))
                review.Checks.Pass(Check, about, secret is null ? $"it is there (mode {octal})" : $"{secret}, which only its owner can read (mode {octal})");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            review.Checks.Doubt(Check, about, $"its mode cannot be read: {OneLine.Of(e)}", "check again as another user");
        }
    }
}
