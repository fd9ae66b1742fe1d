using System.Buffers;
using System.Runtime.ExceptionServices;
using System.Security.Cryptography;
using System.Threading.Channels;

namespace Shacache.Core.Blobs;

/// <summary>Reads, hashes and writes content at the same time, through two short queues of buffers.</summary>
/// <remarks>The first stage that fails stops the others, and its failure is the outcome. Every buffer goes back to the pool.</remarks>
internal sealed class IngestPipeline : IDisposable
{
    /// <summary>With one buffer in the hands of each of the three stages, 11 are taken at most.</summary>
    private const int QueueLength = 8;

    private readonly ArrayPool<byte> _buffers;
    private readonly long _limitBytes;
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA512);
    private readonly Channel<ArraySegment<byte>> _toHash = CreateQueue();
    private readonly CancellationToken _cancellationToken;
    private readonly CancellationTokenSource _stop;
    private ExceptionDispatchInfo? _failure;
    private ArraySegment<byte> _first;
    private long _receivedBytes;

    /// <param name="buffers">Where buffers come from and go to.</param>
    /// <param name="limitBytes">Reading ends once more than these have been received.</param>
    /// <param name="first">Bytes that were read already, in a whole buffer of the pool, which is taken over; or none.</param>
    /// <param name="cancellationToken">Stops all stages.</param>
    public IngestPipeline(ArrayPool<byte> buffers, long limitBytes, ArraySegment<byte> first, CancellationToken cancellationToken)
    {
        _buffers = buffers;
        _limitBytes = limitBytes;
        _first = first;
        _cancellationToken = cancellationToken;
        _stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
    }

    /// <summary>Moves the content. To be called once.</summary>
    /// <returns>The digest, and how many bytes came; when they are more than the limit, the digest means nothing.</returns>
    public async ValueTask<(Digest Digest, long ReceivedBytes)> RunAsync(Stream source, IBlobUpload upload)
    {
        CancellationToken stop = _stop.Token;
        Task writing = Task.Run(() => RunStageAsync(HashAndWriteAsync(upload, stop)), CancellationToken.None);
        await RunStageAsync(ReadAsync(source, stop)).ConfigureAwait(false);
        _toHash.Writer.Complete();
        await writing.ConfigureAwait(false);

        if (_receivedBytes > _limitBytes)
            return (default, _receivedBytes);
        _cancellationToken.ThrowIfCancellationRequested();
        _failure?.Throw();
        return (new Digest(_hash.GetHashAndReset()), _receivedBytes);
    }

    /// <summary>Gives back what a stage that failed has not taken.</summary>
    public void Dispose()
    {
        Release(_first);
        while (_toHash.Reader.TryRead(out ArraySegment<byte> chunk))
            Release(chunk);
        _hash.Dispose();
        _stop.Dispose();
    }

    private static Channel<ArraySegment<byte>> CreateQueue() =>
        Channel.CreateBounded<ArraySegment<byte>>(new BoundedChannelOptions(QueueLength) { SingleReader = true, SingleWriter = true });

    private async Task RunStageAsync(Task stage)
    {
        try
        {
            await stage.ConfigureAwait(false);
        }
        catch (Exception e)
        {
            Interlocked.CompareExchange(ref _failure, ExceptionDispatchInfo.Capture(e), null);
            await _stop.CancelAsync().ConfigureAwait(false);
        }
    }

    private async Task ReadAsync(Stream source, CancellationToken stop)
    {
        if (_first.Count > 0)
        {
            _receivedBytes = _first.Count;
            ArraySegment<byte> first = _first;
            _first = default;
            await PassOnAsync(_toHash, first, stop).ConfigureAwait(false);
        }

        while (true)
        {
            byte[] buffer = _buffers.Rent(BlobIngester.BufferBytes);
            int count = 0;
            try
            {
                // Whole buffers: a network yields a few KiB at a time, and each buffer costs two changes of thread.
                count = await source.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, stop).ConfigureAwait(false);
            }
            finally
            {
                if (count == 0)
                    _buffers.Return(buffer);
            }

            _receivedBytes += count;
            bool atEnd = count < buffer.Length;
            if (_receivedBytes > _limitBytes)
            {
                _buffers.Return(buffer);
                await _stop.CancelAsync().ConfigureAwait(false);
                return;
            }

            if (count > 0)
                await PassOnAsync(_toHash, new ArraySegment<byte>(buffer, 0, count), stop).ConfigureAwait(false);
            if (atEnd)
                return;
        }
    }

    private async Task HashAndWriteAsync(IBlobUpload upload, CancellationToken stop)
    {
        // One write is under way while the next buffer is hashed. It has mostly ended by then, and waiting for it costs nothing;
        // a queue and a third task cost two more changes of thread for each buffer.
        ValueTask writing = ValueTask.CompletedTask;
        ArraySegment<byte> written = default;
        try
        {
            await foreach (ArraySegment<byte> chunk in _toHash.Reader.ReadAllAsync(stop).ConfigureAwait(false))
            {
                bool owned = true;
                try
                {
                    _hash.AppendData(chunk);
                    ValueTask earlier = writing;
                    writing = ValueTask.CompletedTask;
                    await earlier.ConfigureAwait(false);
                    Release(written);
                    written = chunk;
                    owned = false;
                    writing = upload.WriteAsync(chunk, stop);
                }
                finally
                {
                    if (owned)
                        Release(chunk);
                }
            }
        }
        finally
        {
            try
            {
                await writing.ConfigureAwait(false);
            }
            finally
            {
                Release(written);
            }
        }
    }

    private async ValueTask PassOnAsync(Channel<ArraySegment<byte>> queue, ArraySegment<byte> chunk, CancellationToken stop)
    {
        try
        {
            await queue.Writer.WriteAsync(chunk, stop).ConfigureAwait(false);
        }
        catch
        {
            Release(chunk);
            throw;
        }
    }

    private void Release(ArraySegment<byte> chunk)
    {
        if (chunk.Array is { } buffer)
            _buffers.Return(buffer);
    }
}
