using Shacache.Client.Configuration;

namespace Shacache.Client.Diagnosis;

/// <summary>Whether the cache is switched on: both servers that a download needs are configured.</summary>
internal sealed class ServersStep : IDiagnosisStep
{
    public Task RunAsync(DiagnosisCase diagnosis, CancellationToken cancellationToken)
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
}
