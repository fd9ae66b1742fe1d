using Microsoft.Extensions.Logging;
using Shacache.Core.Blobs;
using Shacache.Core.Entries;

namespace Shacache.Http.Health;

/// <summary>Whether the server is able to serve: both stores answer, and every probe is content. The verdict stands for a second.</summary>
internal sealed class HealthCheck(
    IBlobStore blobs, IEntryStore entries, IEnumerable<IStorageProbe> probes, TimeProvider time, ILogger<HealthCheck> logger) : IDisposable
{
    private static readonly TimeSpan Validity = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(5);

    // A digest that nothing has: asking for it goes through the store and finds nothing.
    private static readonly Digest Nothing = new(new byte[Digest.LengthBytes]);
    private static readonly EntryKey NoKey = EntryKey.Create("healthz");

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

    public void Dispose() => _oneAtATime.Dispose();

    private async ValueTask<string?> AskAsync(CancellationToken cancellationToken)
    {
        using var limited = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limited.CancelAfter(Limit);
        try
        {
            IBlob? blob = await blobs.OpenAsync(Nothing, limited.Token);
            if (blob is not null)
                await blob.DisposeAsync();
            await entries.ListAsync(NoKey, limited.Token);
            foreach (IStorageProbe probe in probes)
            {
                if (await probe.FindProblemAsync(limited.Token) is { } problem)
                    return problem;
            }

            return null;
        }
        catch (Exception e) when (e is BlobStoreException or EntryStoreException)
        {
            return e.Message.ReplaceLineEndings(" ");
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return $"The stores did not answer within {Limit.TotalSeconds} seconds.";
        }
    }
}
