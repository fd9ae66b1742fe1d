using Shacache.Client.Configuration;

namespace Shacache.Client.Diagnosis;

/// <summary>Whether the cache is switched on: both servers that a download needs are configured.</summary>
internal sealed class ServersStep : IDiagnosisStep
{
    public Task RunAsync(DiagnosisCase diagnosis, CancellationToken cancellationToken)
    {
        CacheServers servers = diagnosis.Options.Servers;
        CacheServers own = diagnosis.Options.BinaryServers;
        bool isOn = true;
        foreach ((string option, IReadOnlyList<CacheUrl> urls) in new[]
        {
            ($"download-{Kind(diagnosis, own.DownloadDirectory)}dir-url", servers.DownloadDirectory),
            ($"download-{Kind(diagnosis, own.DownloadCache)}cache-url", servers.DownloadCache),
        })
        {
            if (urls.Count > 0)
            {
                diagnosis.Checks.Pass("configuration", option, string.Join(' ', urls));
                continue;
            }

            isOn = false;
            diagnosis.Checks.Fail("configuration", option, "it is not set", $"set {option} in section [networkcache]");
        }

        if (!isOn)
            diagnosis.End("it is switched off: servers to download from are not configured");
        return Task.CompletedTask;
    }

    /// <summary>The option that decides: where one of the binary cache is not set, that of the download cache serves.</summary>
    private static string Kind(DiagnosisCase diagnosis, IReadOnlyList<CacheUrl> own) => diagnosis.IsBinary && own.Count > 0 ? "binary-" : "";
}
