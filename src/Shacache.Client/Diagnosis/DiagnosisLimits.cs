using Shacache.Client.Configuration;

namespace Shacache.Client.Diagnosis;

/// <summary>Who asks for a diagnosis waits for it: one attempt at each server, and no long one.</summary>
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
