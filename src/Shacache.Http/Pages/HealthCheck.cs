using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Shacache.Core;
using Shacache.Core.Blobs;
using Shacache.Http.Answers;
using Shacache.Http.Logging;
using Shacache.Http.Pages.Overview;

namespace Shacache.Http.Pages;

/// <summary>Whether the server is able to serve (readiness): content and database answer. The verdict stands for a second, and names each of them that does not.</summary>
internal sealed class HealthCheck(IBlobStore blobs, IDatabase database, TimeProvider time, ILogger<HealthCheck> logger) : IHealth, IDisposable
{
    private static readonly TimeSpan Validity = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(5);

    private readonly SemaphoreSlim _oneAtATime = new(1, 1);
    private long _checkedAt;
    private bool _checked;
    private string? _problem;

    /// <summary>Asks the stores, unless they were asked within the last second.</summary>
    /// <returns>One line that says what is wrong; null when nothing is.</returns>
    public async ValueTask<string?> FindProblemAsync(CancellationToken cancellationToken)
    {
        await _oneAtATime.WaitAsync(cancellationToken);
        try
        {
            if (_checked && time.GetElapsedTime(_checkedAt) < Validity)
                return _problem;
            string? problem = await AskAsync(cancellationToken);
            if (problem is not null && _problem != problem)
                Log.Unhealthy(logger, problem);
            else if (problem is null && _problem is not null)
                Log.HealthyAgain(logger);
            _problem = problem;
            _checked = true;
            _checkedAt = time.GetTimestamp();
            return problem;
        }
        finally
        {
            _oneAtATime.Release();
        }
    }

    /// <summary>Answers a request.</summary>
    public async ValueTask SendAsync(HttpContext context)
    {
        context.Response.Headers.CacheControl = "no-store";
        string? problem = await FindProblemAsync(context.RequestAborted);
        await (problem is null
            ? PageEndpoint.WriteAsync(context, "text/plain; charset=utf-8", "ok\n")
            : ErrorResponse.WriteAsync(context, new Problem(StatusCodes.Status503ServiceUnavailable, problem)));
    }

    public void Dispose() => _oneAtATime.Dispose();

    private async ValueTask<string?> AskAsync(CancellationToken cancellationToken)
    {
        string?[] problems = await Task.WhenAll(
            AskAsync("content", blobs.FindProblemAsync, cancellationToken), AskAsync("database", database.FindProblemAsync, cancellationToken));
        return problems.OfType<string>().ToArray() is { Length: > 0 } found ? string.Join(' ', found).ReplaceLineEndings(" ") : null;
    }

    private static async Task<string?> AskAsync(string name, Func<CancellationToken, ValueTask<string?>> findProblemAsync, CancellationToken cancellationToken)
    {
        using var limited = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limited.CancelAfter(Limit);
        try
        {
            // Also where the store itself does not heed the token.
            return await findProblemAsync(limited.Token).AsTask().WaitAsync(limited.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return $"The {name} did not answer within {Limit.TotalSeconds} seconds.";
        }
    }
}
