using System.Collections.Concurrent;

namespace Shacache.Core.Blobs;

/// <summary>Keeps a removal apart from uploads of the same blob, and from clients that are told that it is there.</summary>
/// <remarks>
/// A blob is first proposed for removal. Until it is taken, each look at it spares it; from then on, looks and uploads wait until it is gone.
/// Each side writes its own mark before it reads the other's, so that one of the two always sees the other.
/// </remarks>
internal sealed class RemovalGate
{
    private readonly ConcurrentDictionary<Digest, Removal> _removals = [];
    private readonly ConcurrentDictionary<Digest, int> _uploads = [];

    /// <summary>Spares a blob that was just found, and noted as shown.</summary>
    /// <param name="digest">The blob.</param>
    /// <param name="removal">Ends when the blob is gone, in case it is being removed.</param>
    /// <returns>Whether it stays.</returns>
    public bool TrySpare(Digest digest, out Task removal)
    {
        removal = Task.CompletedTask;
        if (!_removals.TryGetValue(digest, out Removal? found) || found.TrySpare())
            return true;
        removal = found.Ended;
        return false;
    }

    /// <summary>Begins an upload: from now on the blob is not removed.</summary>
    public async ValueTask BeginUploadAsync(Digest digest, CancellationToken cancellationToken)
    {
        _uploads.AddOrUpdate(digest, 1, static (_, count) => count + 1);
        if (TrySpare(digest, out Task removal))
            return;
        try
        {
            await removal.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            Forget(digest);
            throw;
        }
    }

    /// <summary>Ends an upload, which is noted by now. A removal that was proposed meanwhile spares the blob.</summary>
    /// <remarks>One that has taken it is waited for: it has yet to see that there was an upload.</remarks>
    public async ValueTask EndUploadAsync(Digest digest)
    {
        if (!TrySpare(digest, out Task removal))
            await removal.ConfigureAwait(false);
        Forget(digest);
    }

    /// <summary>Proposes a blob for removal.</summary>
    /// <returns>Null when another removal is about it already.</returns>
    public Removal? Propose(Digest digest)
    {
        var removal = new Removal();
        return _removals.TryAdd(digest, removal) ? removal : null;
    }

    /// <summary>Takes a proposed blob: it is to be removed now.</summary>
    /// <returns>False when it was spared.</returns>
    public bool TryTake(Digest digest, Removal removal)
    {
        // First the mark, then the look: an upload does it the other way round.
        return removal.TryTake() && !_uploads.ContainsKey(digest);
    }

    /// <summary>Ends a removal, whatever became of it.</summary>
    public void End(Digest digest, Removal removal)
    {
        _removals.TryRemove(new KeyValuePair<Digest, Removal>(digest, removal));
        removal.End();
    }

    private void Forget(Digest digest)
    {
        int count;
        do
        {
            count = _uploads[digest];
        }
        while (count == 1 ? !_uploads.TryRemove(new KeyValuePair<Digest, int>(digest, 1)) : !_uploads.TryUpdate(digest, count - 1, count));
    }
}

/// <summary>One removal that is proposed, spared or under way.</summary>
internal sealed class Removal
{
    private const int Proposed = 0;
    private const int Spared = 1;
    private const int Taken = 2;

    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _state;

    public Task Ended => _ended.Task;

    public bool TrySpare() => Interlocked.CompareExchange(ref _state, Spared, Proposed) != Taken;

    public bool TryTake() => Interlocked.CompareExchange(ref _state, Taken, Proposed) == Proposed;

    public void End() => _ended.SetResult();
}
