using Shacache.Client.Configuration;
using Shacache.Client.Errors;
using Shacache.Core.Signing;
using Shacache.Core.Urls;

namespace Shacache.Client.Diagnosis;

/// <summary>What the configuration says: whether the cache is on, which signatures are trusted, and whether a list excludes the URL.</summary>
internal sealed class ConfigurationStep : IDiagnosisStep
{
    private const string Check = "configuration";
    private const string ListCheck = "url list";
    private const string TrustOption = "signature-certificate-list";

    public Task RunAsync(DiagnosisCase diagnosis, CancellationToken cancellationToken)
    {
        ReviewServers(diagnosis);
        if (diagnosis.IsOver)
            return Task.CompletedTask;
        // Content that is named by its digest needs no signature.
        if (diagnosis.Content is null)
            ReviewTrust(diagnosis);
        ReviewLists(diagnosis);
        return Task.CompletedTask;
    }

    private static void ReviewServers(DiagnosisCase diagnosis)
    {
        CacheServers servers = diagnosis.Options.Servers;
        bool isOn = true;
        foreach ((string option, IReadOnlyList<CacheUrl> urls) in new[]
        {
            (servers.DownloadDirectoryOption, servers.DownloadDirectory),
            (servers.DownloadCacheOption, servers.DownloadCache),
        })
        {
            if (urls.Count > 0)
            {
                diagnosis.Checks.Pass(Check, option, string.Join(' ', urls));
                continue;
            }

            isOn = false;
            diagnosis.Checks.Fail(Check, option, "it is not set", $"set {option} in section [networkcache]");
        }

        if (!isOn)
            diagnosis.End("it is switched off: servers to download from are not configured");
    }

    private static void ReviewTrust(DiagnosisCase diagnosis)
    {
        TrustedKeys trusted = diagnosis.Client.TrustedKeys;
        foreach (string warning in trusted.Warnings)
            diagnosis.Checks.Doubt(Check, TrustOption, warning, "correct or remove it; entries of that machine are not trusted");
        if (trusted.Keys.Count > 0)
        {
            string names = string.Join(", ", trusted.Keys.Select(key => key.Subject));
            string demands = (diagnosis.Options.SignaturePolicy, diagnosis.Options.KeyBinding) switch
            {
                (SignaturePolicy.Any, KeyBinding.Provable) => "",
                (SignaturePolicy.Strong, KeyBinding.Provable) => "; signature-policy is strong",
                (SignaturePolicy.Any, _) => "; key-binding is strict",
                _ => "; signature-policy is strong, key-binding is strict",
            };
            diagnosis.Checks.Pass(Check, TrustOption, $"{trusted.Keys.Count} trusted: {names}{demands}");
            return;
        }

        diagnosis.Checks.Fail(
            Check, TrustOption, trusted.Warnings.Count > 0 ? "no certificate of it can be read: nothing is trusted" : "it is empty: nothing is trusted",
            "add the certificates of the machines that you trust");
        diagnosis.RuleOut("no certificate is trusted");
    }

    private static void ReviewLists(DiagnosisCase diagnosis)
    {
        if (!diagnosis.IsBinary)
        {
            Exclude(diagnosis, "download-cache-url-blacklist", diagnosis.Options.DownloadCacheUrlBlacklist);
            return;
        }

        Exclude(diagnosis, "download-from-binary-cache-url-blacklist", diagnosis.Options.BinaryDownloadBlacklist);
        if (diagnosis.Options.BinaryUploadBlacklist.TryMatch(diagnosis.Url, out string? prefix))
            diagnosis.Checks.Note(ListCheck, "upload-to-binary-cache-url-blacklist", $"{prefix} matches: this machine never publishes it");
        if (diagnosis.Options.BinaryDownloadForceList.TryMatch(diagnosis.Url, out prefix))
            diagnosis.Checks.Note(ListCheck, "download-from-binary-cache-force-url-list", $"{prefix} matches: it is never built here, a miss is an error");
    }

    private static void Exclude(DiagnosisCase diagnosis, string option, UrlPrefixList list)
    {
        if (!list.TryMatch(diagnosis.Url, out string? prefix))
        {
            diagnosis.Checks.Pass(ListCheck, option, list.Count == 0 ? "it is empty" : $"none of its {list.Count} prefixes matches");
            return;
        }

        diagnosis.Checks.Fail(ListCheck, option, $"{prefix} matches", $"remove {OneLine.Of(prefix)} from the list, if what is at this URL never changes");
        diagnosis.RuleOut($"{option} has {OneLine.Of(prefix)}");
    }
}
