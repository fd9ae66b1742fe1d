using Microsoft.Extensions.Logging;
using Shacache.Core.Blobs;
using Shacache.Core.Entries;
using Shacache.Core.Stores;
using Shacache.Core.Upstreams;
using Shacache.Http.Logging;

namespace Shacache.Http.Metrics;

/// <summary>Knows how the stores are doing, as of a moment ago: a reader of metrics does not wait for the database, and many readers ask it no more often than one.</summary>
internal sealed class StateReader(IForwardQueue forwards, TimeProvider time, ILogger<StateReader> logger, IStoreFigures? stores = null) : IDisposable
{
    /// <summary>For so long what was read stands.</summary>
    private static readonly TimeSpan Validity = TimeSpan.FromSeconds(2);

    /// <summary>The queue of uploads is counted row by row.</summary>
    private static readonly TimeSpan QueueValidity = TimeSpan.FromSeconds(15);

    /// <summary>So long the stores are waited for; then what was known before stands.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    private readonly SemaphoreSlim _oneAtATime = new(1, 1);
    private long? _readAt;
    private long? _countedAt;

    /// <summary>How the stores were doing; null as long as that is not known.</summary>
    public StoreFigures? Stores { get; private set; }

    /// <summary>How much waited to be sent to upstreams.</summary>
    public ForwardTotals Forwards { get; private set; }

    /// <summary>Asks the stores, unless that was done a moment ago.</summary>
    public async Task RefreshAsync(CancellationToken cancellationToken)
    {
        using var limited = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limited.CancelAfter(Patience);
        try
        {
            await _oneAtATime.WaitAsync(limited.Token);
            try
            {
                await ReadAsync(limited.Token);
            }
            finally
            {
                _oneAtATime.Release();
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            Log.StateUnknown(logger, $"the stores did not answer within {Patience.TotalSeconds} s");
        }
        catch (Exception e) when (e is BlobStoreException or EntryStoreException)
        {
            Log.StateUnknown(logger, e.Message);
        }
    }

    public void Dispose() => _oneAtATime.Dispose();

    private async Task ReadAsync(CancellationToken cancellationToken)
    {
        if (stores is not null && IsOver(_readAt, Validity))
        {
            Stores = await stores.ReadAsync(cancellationToken);
            _readAt = time.GetTimestamp();
        }

        if (IsOver(_countedAt, QueueValidity))
        {
            Forwards = await forwards.CountAsync(cancellationToken);
            _countedAt = time.GetTimestamp();
        }
    }

    private bool IsOver(long? at, TimeSpan validity) => at is not { } then || time.GetElapsedTime(then) >= validity;
}
