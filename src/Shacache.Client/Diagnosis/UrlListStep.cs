using Shacache.Client.Errors;
using Shacache.Core.Urls;

namespace Shacache.Client.Diagnosis;

/// <summary>Whether a list of the configuration keeps the URL from the cache.</summary>
internal sealed class UrlListStep : IDiagnosisStep
{
    private const string Check = "url list";

    public Task RunAsync(DiagnosisCase diagnosis, CancellationToken cancellationToken)
    {
        if (diagnosis.IsBinary)
        {
            Exclude(diagnosis, "download-from-binary-cache-url-blacklist", diagnosis.Options.BinaryDownloadBlacklist);
            if (diagnosis.Options.BinaryUploadBlacklist.TryMatch(diagnosis.Url, out string? prefix))
                diagnosis.Checks.Note(Check, "upload-to-binary-cache-url-blacklist", $"{prefix} matches: this machine never publishes it");
            if (diagnosis.Options.BinaryDownloadForceList.TryMatch(diagnosis.Url, out prefix))
                diagnosis.Checks.Note(Check, "download-from-binary-cache-force-url-list", $"{prefix} matches: it is never built here, a miss is an error");
        }
        else
        {
            Exclude(diagnosis, "download-cache-url-blacklist", diagnosis.Options.DownloadCacheUrlBlacklist);
        }

        return Task.CompletedTask;
    }

    private static void Exclude(DiagnosisCase diagnosis, string option, UrlPrefixList list)
    {
        if (!list.TryMatch(diagnosis.Url, out string? prefix))
        {
            diagnosis.Checks.Pass(Check, option, list.Count == 0 ? "it is empty" : $"none of its {list.Count} prefixes matches");
            return;
        }

        diagnosis.Checks.Fail(Check, option, $"{prefix} matches", $"remove {OneLine.Of(prefix)} from the list, if what is at this URL never changes");
        diagnosis.RuleOut($"{option} has {OneLine.Of(prefix)}");
    }
}
