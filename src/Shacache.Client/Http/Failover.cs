using System.Net;
using Shacache.Client.Configuration;
using Shacache.Client.Errors;
using Shacache.Core.Blobs;
using Shacache.Protocol;

namespace Shacache.Client.Http;

/// <summary>Asks the servers of a list in their order, each with retries, until one did what was asked.</summary>
internal sealed class Failover(NetworkCacheOptions options, TimeProvider timeProvider)
{
    private readonly Backoff _pauses = new(options.RetryDelay, options.MaxRetryDelay);

    /// <param name="servers">The servers, in order.</param>
    /// <param name="option">The option that names them.</param>
    /// <param name="digest">The content that is asked for, if any.</param>
    /// <param name="attempt">One attempt at one server; reports what went wrong as <see cref="RequestFailure"/>.</param>
    /// <param name="cancellationToken">Stops everything.</param>
    /// <exception cref="NetworkCacheException">No server did it.</exception>
    public async Task<T> RunAsync<T>(
        IReadOnlyList<CacheUrl> servers, string option, Digest? digest,
        Func<CacheUrl, CancellationToken, Task<T>> attempt, CancellationToken cancellationToken)
    {
        EnsureConfigured(servers, option);
        List<RequestFailure> failures = [];
        foreach (CacheUrl server in servers)
        {
            try
            {
                return await RunAsync(() => attempt(server, cancellationToken), cancellationToken).ConfigureAwait(false);
            }
            catch (RequestFailure failure)
            {
                failures.Add(failure);
                if (failures.Count < servers.Count)
                    options.OnWarning?.Invoke($"{failure.Message}; the next server is asked.");
            }
        }

        throw ToException(failures, option, digest);
    }

    private async Task<T> RunAsync<T>(Func<Task<T>> attempt, CancellationToken cancellationToken)
    {
        for (int failures = 1; ; failures++)
        {
            try
            {
                return await attempt().ConfigureAwait(false);
            }
            catch (RequestFailure failure) when (failures <= options.MaxRetries && failure.Kind == FailureKind.Transient && MayPassInTime(failure))
            {
                TimeSpan pause = FindAskedPause(failure) ?? _pauses.AfterWithJitter(failures);
                options.OnWarning?.Invoke(
                    $"{failure.Message}; attempt {failures + 1} of {options.MaxRetries + 1} follows in {pause.TotalSeconds:0.0} s.");
                await Task.Delay(pause, timeProvider, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    public static void EnsureConfigured(IReadOnlyList<CacheUrl> servers, string option)
    {
        if (servers.Count > 0)
            return;
        throw new NetworkCacheConfigurationException($"Option {option} of section [{NetworkCacheOptionsReader.CacheSection}] is not set; it is needed for this.")
        {
            Section = NetworkCacheOptionsReader.CacheSection,
            Option = option,
        };
    }

    /// <summary>The worst that happened decides: only when every server lacks a content is it known to be nowhere.</summary>
    private static NetworkCacheException ToException(List<RequestFailure> failures, string option, Digest? digest)
    {
        string all = string.Join("; ", failures.Select(failure => failure.Message));
        RequestFailure worst = failures.MaxBy(failure => failure.Kind)!;
        return worst.Kind switch
        {
            FailureKind.NotFound when digest is { } sought =>
                new ContentNotFoundException($"No server of {option} has the content: {all}.", sought),
            FailureKind.NotFound or FailureKind.Refused => new NetworkCacheRefusedException($"{all}.{FailureAdvice.For(worst, option)}", worst.StatusCode),
            FailureKind.Mismatch => new DigestMismatchException($"{all}.", worst.Expected!.Value, worst.Actual),
            _ => new NetworkCacheUnavailableException($"{all}.{FailureAdvice.For(worst, option)}", worst),
        };
    }

    /// <summary>Whether a limit of the server can be over before the retries are: a quota is not, which is full until the next day.</summary>
    private bool MayPassInTime(RequestFailure failure) =>
        failure is not { StatusCode: HttpStatusCode.TooManyRequests, RetryAfter: { } asked } || asked <= options.MaxRetryDelay * options.MaxRetries;

    private TimeSpan? FindAskedPause(RequestFailure failure) =>
        failure.RetryAfter is { } asked && asked > TimeSpan.Zero ? TimeSpan.FromTicks(Math.Min(asked.Ticks, options.MaxRetryDelay.Ticks)) : null;
}
