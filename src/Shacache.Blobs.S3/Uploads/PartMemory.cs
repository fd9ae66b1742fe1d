using System.Collections.Concurrent;
using Shacache.Core.Blobs;

namespace Shacache.Blobs.S3.Uploads;

/// <summary>Bounds the memory that the parts of all uploads take together, and keeps some of it for the next ones: the shared pool would leave most of it to the garbage collector.</summary>
/// <param name="maxBytes">So much in all, but always enough for one part.</param>
internal sealed class PartMemory(long maxBytes)
{
    /// <summary>How long an upload waits for others to give memory back.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>The length of a piece: too short for the heap of large objects.</summary>
    public const int PieceBytes = 64 * 1024;

    /// <summary>So many pieces are kept: as many as one upload uses.</summary>
    private const int MaxKept = 3 * PartSize.Least / PieceBytes;

    private readonly ConcurrentBag<byte[]> _free = [];
    private readonly Lock _lock = new();
    private readonly Queue<Waiter> _waiting = new();
    private long _usedBytes;

    /// <summary>Takes memory for a part.</summary>
    /// <exception cref="BlobStoreException">None was given back in time.</exception>
    public async ValueTask TakeAsync(int bytes, CancellationToken cancellationToken)
    {
        Waiter waiter;
        lock (_lock)
        {
            if (_waiting.Count == 0 && Fits(bytes))
            {
                _usedBytes += bytes;
                return;
            }

            waiter = new Waiter(bytes);
            _waiting.Enqueue(waiter);
        }

        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(Patience);
        using CancellationTokenRegistration registration = patience.Token.UnsafeRegister(static state => ((Waiter)state!).Taken.TrySetResult(false), waiter);
        if (await waiter.Taken.Task.ConfigureAwait(false))
            return;
        cancellationToken.ThrowIfCancellationRequested();
        throw new BlobStoreException("Too many large uploads wait for the object store at once. Nothing was stored.") { IsAway = true };
    }

    /// <summary>Gives it back.</summary>
    public void Return(int bytes)
    {
        lock (_lock)
        {
            _usedBytes -= bytes;
            while (_waiting.TryPeek(out Waiter? next) && (next.Taken.Task.IsCompleted || Fits(next.Bytes)))
            {
                _waiting.Dequeue();
                if (next.Taken.TrySetResult(true))
                    _usedBytes += next.Bytes;
            }
        }
    }

    public byte[] RentPiece() => _free.TryTake(out byte[]? piece) ? piece : GC.AllocateUninitializedArray<byte>(PieceBytes);

    public void ReturnPiece(byte[] piece)
    {
        if (_free.Count < MaxKept)
            _free.Add(piece);
    }

    private bool Fits(int bytes) => _usedBytes == 0 || _usedBytes + bytes <= maxBytes;

    private sealed record Waiter(int Bytes)
    {
        public TaskCompletionSource<bool> Taken { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
