using System.Text;
using Shacache.Blobs.S3.Requests;

namespace Shacache.Blobs.S3.Uploads;

/// <summary>Tells other nodes that the uploads of this one are under way: an object that is written again and again while there are some.</summary>
/// <remarks>Its age by the clock of the store is what counts. Each time it has another content, and so another entity tag: times of objects are whole seconds.</remarks>
internal sealed class NodeLease(Bucket bucket, BucketLayout layout, TimeProvider time) : IAsyncDisposable
{
    /// <summary>For how long it holds.</summary>
    public static readonly TimeSpan Length = TimeSpan.FromSeconds(60);

    /// <summary>How often it is written.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(15);

    private readonly SemaphoreSlim _turn = new(1);
    private readonly CancellationTokenSource _end = new();
    private Task _renewing = Task.CompletedTask;
    private int _uploads;
    private bool _isWritten;
    private bool _isRenewing;

    /// <summary>A name that no other process has.</summary>
    public string Node { get; } = Guid.NewGuid().ToString("N");

    /// <summary>Holds it for an upload, until <see cref="Leave"/>.</summary>
    /// <exception cref="S3Failure">It cannot be written.</exception>
    public async Task JoinAsync(CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            ObjectDisposedException.ThrowIf(_end.IsCancellationRequested, this);
            if (!_isRenewing)
            {
                await WriteAsync(cancellationToken).ConfigureAwait(false);
                _isRenewing = true;
                _renewing = Task.Run(RenewAsync, CancellationToken.None);
            }

            Interlocked.Increment(ref _uploads);
        }
        finally
        {
            _turn.Release();
        }
    }

    public void Leave() => Interlocked.Decrement(ref _uploads);

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync().ConfigureAwait(false);
        await _renewing.ConfigureAwait(false);
        if (_isWritten)
        {
            try
            {
                await bucket.DeleteAsync(layout.LeaseOf(Node), isOnce: false, CancellationToken.None).ConfigureAwait(false);
            }
            catch (S3Failure)
            {
                // It ends by its age.
            }
        }

        _end.Dispose();
        _turn.Dispose();
    }

    /// <summary>Writes it now.</summary>
    /// <exception cref="S3Failure">It cannot be written.</exception>
    public async Task WriteAsync(CancellationToken cancellationToken)
    {
        await bucket.PutAsync(layout.LeaseOf(Node), [Encoding.ASCII.GetBytes(Guid.NewGuid().ToString("N"))], isNew: false, cancellationToken).ConfigureAwait(false);
        _isWritten = true;
    }

    private async Task RenewAsync()
    {
        try
        {
            while (true)
            {
                await Task.Delay(Interval, time, _end.Token).ConfigureAwait(false);
                await _turn.WaitAsync(_end.Token).ConfigureAwait(false);
                try
                {
                    if (Volatile.Read(ref _uploads) == 0)
                    {
                        _isRenewing = false;
                        return;
                    }

                    await WriteAsync(_end.Token).ConfigureAwait(false);
                }
                catch (S3Failure)
                {
                    // Again, at the next turn.
                }
                finally
                {
                    _turn.Release();
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The program ends.
        }
    }
}
