using System.Net;
using Polly;
using Polly.Retry;
using Shacache.Client.Configuration;
using Shacache.Client.Errors;
using Shacache.Core.Blobs;

namespace Shacache.Client.Http;

/// <summary>Asks the servers of a list in their order, each with retries, until one did what was asked.</summary>
internal sealed class Failover(NetworkCacheOptions options, TimeProvider timeProvider)
{
    // Made once something failed: loading and making it takes a tenth of a command that needs it not.
    private readonly Lazy<ResiliencePipeline> _retries = new(() => CreatePipeline(options, timeProvider));

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
        Task<T>? first = attempt();
        try
        {
            return await first.ConfigureAwait(false);
        }
        catch (RequestFailure) when (options.MaxRetries > 0)
        {
            // Not the last word.
        }

        return await _retries.Value.ExecuteAsync(
            async _ =>
            {
                Task<T> next = first ?? attempt();
                first = null;
                return await next.ConfigureAwait(false);
            },
            cancellationToken).ConfigureAwait(false);
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

    private static ResiliencePipeline CreatePipeline(NetworkCacheOptions options, TimeProvider timeProvider)
    {
        var builder = new ResiliencePipelineBuilder { TimeProvider = timeProvider };
        if (options.MaxRetries > 0)
        {
            builder.AddRetry(new RetryStrategyOptions
            {
                ShouldHandle = outcome => new(outcome.Outcome.Exception is RequestFailure { Kind: FailureKind.Transient } failure && MayPassInTime(failure, options)),
                MaxRetryAttempts = options.MaxRetries,
                BackoffType = DelayBackoffType.Exponential,
                UseJitter = true,
                Delay = options.RetryDelay,
                MaxDelay = options.MaxRetryDelay,
                DelayGenerator = retry => new(AskedDelay(retry.Outcome.Exception, options.MaxRetryDelay)),
                OnRetry = retry =>
                {
                    options.OnWarning?.Invoke(
                        $"{retry.Outcome.Exception?.Message}; attempt {retry.AttemptNumber + 2} of {options.MaxRetries + 1} follows in " +
                        $"{retry.RetryDelay.TotalSeconds:0.0} s.");
                    return default;
                },
            });
        }

        return builder.Build();
    }

    /// <summary>Whether a limit of the server can be over before the retries are: a quota is not, which is full until the next day.</summary>
    private static bool MayPassInTime(RequestFailure failure, NetworkCacheOptions options) =>
        failure is not { StatusCode: HttpStatusCode.TooManyRequests, RetryAfter: { } asked } || asked <= options.MaxRetryDelay * options.MaxRetries;

    private static TimeSpan? AskedDelay(Exception? failure, TimeSpan longest) =>
        failure is RequestFailure { RetryAfter: { } asked } && asked > TimeSpan.Zero ? TimeSpan.FromTicks(Math.Min(asked.Ticks, longest.Ticks)) : null;
}
