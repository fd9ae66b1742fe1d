using System.Diagnostics.CodeAnalysis;
using Shacache.Client.Configuration;
using Shacache.Core.Platforms;

namespace Shacache.Client.Diagnosis;

/// <summary>Explains why the caches have something for a URL, or have not. Only reads; servers get one short attempt each.</summary>
/// <param name="options">Servers, keys, lists.</param>
/// <param name="platform">What this machine is; null to find out.</param>
/// <param name="softwareRoot">The folder of built software; null for <c>software_root</c> of the options.</param>
/// <param name="timeProvider">The clock; that of the system when null.</param>
[SuppressMessage("Design", "CA1054", Justification = "A key is made of the URL's text; System.Uri would change it.")]
public sealed class CacheDiagnostician(
    NetworkCacheOptions options, Platform? platform = null, string? softwareRoot = null, TimeProvider? timeProvider = null)
{
    private static readonly IDiagnosisStep[] Steps = [new ConfigurationStep(), new MachineStep(), new LookupStep(), new EntryStep()];

    /// <summary>The requirement that a URL, which is that of a package index, is asked for. Default null: it is a file.</summary>
    public string? Requirement { get; init; }

    /// <summary>The file at a URL, or under a key that deployed tools make, in the download cache.</summary>
    public Task<CacheDiagnosis> ExplainDownloadAsync(string url, CancellationToken cancellationToken = default) =>
        RunAsync(DiagnosedCache.Download, url, options, cancellationToken);

    /// <summary>The built software release of a URL, in the binary cache.</summary>
    public Task<CacheDiagnosis> ExplainBinaryAsync(string url, CancellationToken cancellationToken = default) =>
        RunAsync(DiagnosedCache.Binary, url, options.ForBinaries(), cancellationToken);

    private async Task<CacheDiagnosis> RunAsync(DiagnosedCache cache, string url, NetworkCacheOptions ofCache, CancellationToken cancellationToken)
    {
        List<string> warnings = [];
        NetworkCacheOptions brief = DiagnosisLimits.Apply(ofCache) with { OnWarning = warnings.Add };
        using var client = new NetworkCacheClient(brief, timeProvider);
        // Drops the client's warnings about unreadable certificates: ConfigurationStep reports them.
        warnings.Clear();
        var diagnosis = new DiagnosisCase(cache, url, Requirement, brief, client, timeProvider ?? TimeProvider.System)
        {
            Platform = platform,
            SoftwareRoot = softwareRoot ?? options.SoftwareRoot,
        };
        foreach (IDiagnosisStep step in Steps)
        {
            if (!diagnosis.IsOver)
                await step.RunAsync(diagnosis, cancellationToken).ConfigureAwait(false);
            foreach (string warning in warnings)
                diagnosis.Checks.Note("warning", null, warning);
            warnings.Clear();
        }

        return diagnosis.Conclude();
    }
}

/// <summary>Whether a cache would deliver something, and every check on the way to that answer.</summary>
/// <param name="Cache">Which cache: <c>download cache</c> or <c>binary cache</c>.</param>
/// <param name="IsHit">Whether it would be delivered. The content itself is not read: bytes that went bad on a server are not seen.</param>
/// <param name="Summary">Why, on one line.</param>
/// <param name="Checks">What each check found, in the order of the checks.</param>
public sealed record CacheDiagnosis(string Cache, bool IsHit, string Summary, IReadOnlyList<CheckResult> Checks);

/// <summary>Which of the two caches is looked at.</summary>
internal enum DiagnosedCache
{
    /// <summary>Files by their URL.</summary>
    Download,

    /// <summary>Built software releases by theirs.</summary>
    Binary,
}

/// <summary>One step of a diagnosis.</summary>
internal interface IDiagnosisStep
{
    /// <summary>Checks, and adds its findings to the case. A failing server is a finding, not an exception.</summary>
    Task RunAsync(DiagnosisCase diagnosis, CancellationToken cancellationToken);
}

/// <summary>The caller waits for a diagnosis: one short attempt at each server.</summary>
internal static class DiagnosisLimits
{
    public static NetworkCacheOptions Apply(NetworkCacheOptions options) => options with
    {
        MaxRetries = 0,
        ConnectTimeout = Shorter(options.ConnectTimeout, TimeSpan.FromSeconds(5)),
        FirstByteTimeout = Shorter(options.FirstByteTimeout, TimeSpan.FromSeconds(10)),
        StallTimeout = Shorter(options.StallTimeout, TimeSpan.FromSeconds(10)),
    };

    private static TimeSpan Shorter(TimeSpan a, TimeSpan b) => a < b ? a : b;
}
