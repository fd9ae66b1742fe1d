using System.Collections.Concurrent;
using Shacache.Core.Blobs;
using Shacache.Core.Transfers;

namespace Shacache.Core.Tier;

/// <summary>Content of a store elsewhere, with what is read of it kept on the disk of this node.</summary>
/// <remarks>
/// <para>
/// What the tier has is answered from there, and needs nothing else to be up. What it lacks is read from the store and streams to the reader and into the tier at once: one transfer
/// for each blob, however many readers wait for it. It is in the tier once its digest was compared; readers from the beginning get the last 64 KiB then. A reader that begins elsewhere
/// reads from the store itself, and fills nothing.
/// </para>
/// <para>
/// Uploads go past the tier: what is uploaded is seldom read soon on the same node, and would cost its disk as much as a read. The tier's own trouble, a full or broken disk, costs
/// speed only. Removals pass through here, or are told by <see cref="ForgetAsync"/> when another node made them.
/// </para>
/// </remarks>
public sealed class TieredBlobStore : IBlobStore, IAsyncDisposable
{
    /// <summary>So many blobs come in at a time; readers of others read from the store.</summary>
    private const int MaxFills = 256;

    private readonly IBlobStore _remote;
    private readonly LocalTier _tier;
    private readonly string _spoolFolder;
    private readonly TimeProvider _time;
    private readonly RunningTransfers<Digest, TierFill> _fills = new(MaxFills);
    private readonly ConcurrentDictionary<Digest, Task<long?>> _looks = new();
    private long _removals;

    /// <param name="remote">Where the content is.</param>
    /// <param name="tier">What is kept of it here. Disposed by the caller, after this.</param>
    /// <param name="spoolFolder">Where the bytes of running fills lie.</param>
    /// <param name="time">The clock.</param>
    public TieredBlobStore(IBlobStore remote, LocalTier tier, string spoolFolder, TimeProvider time)
        => (_remote, _tier, _spoolFolder, _time) = (remote, tier, spoolFolder, time);

    /// <summary>Whether the tier may be served from: asked at each read. False while it is not known what other nodes took away although it could be.</summary>
    public Func<bool> IsCurrent { get; set; } = static () => true;

    /// <summary>Where clients may read a blob of a length themselves, also one that is in the tier (<see cref="IBlob.FindPublicUrl"/>).</summary>
    public Func<Digest, long, Uri?> FindPublicUrl { get; set; } = static (_, _) => null;

    /// <summary>What is counted of it; null for nothing.</summary>
    public TierMetrics? Metrics { get; set; }

    /// <summary>Changes with each removal. What was opened before one must not be kept after it.</summary>
    internal long Removals => Volatile.Read(ref _removals);

    /// <summary>How many blobs are coming in.</summary>
    public int Fills => _fills.Count;

    /// <inheritdoc/>
    public ValueTask<IBlob?> OpenAsync(Digest digest, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (!IsCurrent())
            return OpenPastAsync(digest, cancellationToken);
        ValueTask<IBlob?> opening = _tier.OpenAsync(digest, cancellationToken);
        if (!opening.IsCompletedSuccessfully)
            return OpenLaterAsync(digest, opening, cancellationToken);
        if (opening.Result is not { } kept)
            return OpenColdAsync(digest, cancellationToken);
        Metrics?.NoteHit();
        return new ValueTask<IBlob?>(new TierBlob(this, kept));
    }

    /// <inheritdoc/>
    public async ValueTask<IBlob?> OpenForLengthAsync(Digest digest, CancellationToken cancellationToken)
    {
        if (IsCurrent() && await _tier.HasAsync(digest, cancellationToken).ConfigureAwait(false))
            return await OpenAsync(digest, cancellationToken).ConfigureAwait(false);
        long removals = Removals;
        IBlob? source = await _remote.OpenForLengthAsync(digest, cancellationToken).ConfigureAwait(false);
        return Missed(source is null ? null : IsCurrent() ? new ColdBlob(this, source, removals) : Verifying(source));
    }

    /// <inheritdoc/>
    public async ValueTask<bool> ExistsAsync(Digest digest, CancellationToken cancellationToken) =>
        (IsCurrent() && await _tier.HasAsync(digest, cancellationToken).ConfigureAwait(false)) || await _remote.ExistsAsync(digest, cancellationToken).ConfigureAwait(false);

    /// <inheritdoc/>
    public void EnsureRoom(long? lengthBytes) => _remote.EnsureRoom(lengthBytes);

    /// <inheritdoc/>
    public ValueTask<string?> FindProblemAsync(CancellationToken cancellationToken) => _remote.FindProblemAsync(cancellationToken);

    /// <inheritdoc/>
    public ValueTask<IBlobUpload> BeginUploadAsync(long? lengthBytes, CancellationToken cancellationToken) => _remote.BeginUploadAsync(lengthBytes, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<BlobCommit> StoreAsync(Digest digest, ReadOnlyMemory<byte> content, CancellationToken cancellationToken) =>
        _remote.StoreAsync(digest, content, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<bool> DeleteAsync(Digest digest, CancellationToken cancellationToken) => ForgetAfterAsync(digest, () => _remote.DeleteAsync(digest, cancellationToken));

    /// <inheritdoc/>
    public ValueTask<bool> PurgeAsync(Digest digest, CancellationToken cancellationToken) => ForgetAfterAsync(digest, () => _remote.PurgeAsync(digest, cancellationToken));

    /// <inheritdoc/>
    /// <remarks>A copy in the tier that is right is enough: readers get it. Without one, the store is asked.</remarks>
    public async ValueTask<bool> VerifyAsync(Digest digest, CancellationToken cancellationToken) =>
        (await _tier.VerifyAsync(digest, cancellationToken).ConfigureAwait(false) && IsCurrent()) || await _remote.VerifyAsync(digest, cancellationToken).ConfigureAwait(false);

    /// <inheritdoc/>
    public IAsyncEnumerable<BlobInfo> ListAsync(CancellationToken cancellationToken) => _remote.ListAsync(cancellationToken);

    /// <summary>Keeps a blob no longer, since it was removed from the store.</summary>
    /// <exception cref="BlobStoreException">The disk failed: it may still be in the tier.</exception>
    public async ValueTask ForgetAsync(Digest digest, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _removals);
        Metrics?.NoteRemoval();
        Withdraw(_fills.JoinRunning(digest));
        await _tier.ForgetAsync(digest, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Keeps nothing of what is in the tier: it is not known what of it was removed from the store.</summary>
    /// <exception cref="BlobStoreException">The disk failed: some of it may still be in the tier.</exception>
    public async Task ForgetAllAsync(CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _removals);
        foreach (TierFill fill in _fills.JoinAll())
            Withdraw(fill);
        await _tier.ClearAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Breaks off what is coming in, and waits until nothing is.</summary>
    public ValueTask DisposeAsync() => _fills.DisposeAsync();

    /// <summary>Opens a blob of the store, for a reader that does without the tier.</summary>
    internal async ValueTask<IBlob?> OpenRemoteAsync(Digest digest, CancellationToken cancellationToken) =>
        await _remote.OpenAsync(digest, cancellationToken).ConfigureAwait(false) is { } blob ? Verifying(blob) : null;

    /// <summary>A blob of the store that a reader compares while it reads. The store is to look itself at one that is damaged: it is absent from then on.</summary>
    internal IBlob Verifying(IBlob blob) => new VerifyingBlob(blob, digest => _ = _remote.VerifyAsync(digest, CancellationToken.None).AsTask());

    /// <summary>Opens a blob for a reader that follows no fill: it may be in the tier by now.</summary>
    internal async ValueTask<IBlob?> OpenAgainAsync(Digest digest, CancellationToken cancellationToken) =>
        IsCurrent() && await _tier.OpenAsync(digest, cancellationToken).ConfigureAwait(false) is { } kept
            ? new TierBlob(this, kept)
            : await OpenRemoteAsync(digest, cancellationToken).ConfigureAwait(false);

    /// <summary>Begins to fill, or joins what is coming in.</summary>
    /// <param name="digest">The blob.</param>
    /// <param name="lengthBytes">Its length.</param>
    /// <param name="source">The blob of the store, if it is open already.</param>
    /// <param name="removals">What <see cref="Removals"/> was before it was looked for.</param>
    /// <param name="isNew">Whether the fill begins with this; then <paramref name="source"/> is its own.</param>
    /// <returns>The fill, to be left; null when there is none to be.</returns>
    internal TierFill? Join(Digest digest, long lengthBytes, IBlob? source, long removals, out bool isNew) => _fills.Join(
        digest,
        () =>
        {
            var begun = new TierFill(digest, lengthBytes, source, _time);
            if (removals != Removals)
                begun.Withdraw();
            return begun;
        },
        RunAsync,
        out isNew);

    /// <summary>Looks in the background whether what could not be read of the tier is damaged; then it goes.</summary>
    internal void Doubt(Digest digest) => _ = _tier.VerifyAsync(digest, CancellationToken.None).AsTask();

    private static void Withdraw(TierFill? fill)
    {
        fill?.Withdraw();
        fill?.Leave();
    }

    private async ValueTask<bool> ForgetAfterAsync(Digest digest, Func<ValueTask<bool>> remove)
    {
        try
        {
            return await remove().ConfigureAwait(false);
        }
        finally
        {
            // Also when the store did not answer: it may have done it.
            await ForgetAsync(digest, CancellationToken.None).ConfigureAwait(false);
        }
    }

    private async ValueTask<IBlob?> OpenLaterAsync(Digest digest, ValueTask<IBlob?> opening, CancellationToken cancellationToken)
    {
        if (await opening.ConfigureAwait(false) is not { } kept)
            return await OpenColdAsync(digest, cancellationToken).ConfigureAwait(false);
        Metrics?.NoteHit();
        return new TierBlob(this, kept);
    }

    private async ValueTask<IBlob?> OpenColdAsync(Digest digest, CancellationToken cancellationToken) =>
        Missed(await FindColdAsync(digest, cancellationToken).ConfigureAwait(false));

    private async ValueTask<IBlob?> OpenPastAsync(Digest digest, CancellationToken cancellationToken) =>
        Missed(await OpenRemoteAsync(digest, cancellationToken).ConfigureAwait(false));

    private IBlob? Missed(IBlob? blob)
    {
        if (blob is not null)
            Metrics?.NoteMiss();
        return blob;
    }

    private async ValueTask<IBlob?> FindColdAsync(Digest digest, CancellationToken cancellationToken)
    {
        if (_fills.JoinRunning(digest) is { } running)
        {
            if (!running.IsWithdrawn)
                return new ColdBlob(this, running);
            running.Leave();
        }

        // One of those who ask at the same time opens it; it begins the fill that the others join.
        long removals = Removals;
        var look = new TaskCompletionSource<long?>(TaskCreationOptions.RunContinuationsAsynchronously);
        Task<long?> first = _looks.GetOrAdd(digest, look.Task);
        if (first != look.Task)
        {
            await ((Task)first).WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            cancellationToken.ThrowIfCancellationRequested();
            if (first.IsCompletedSuccessfully && first.Result is { } lengthBytes)
                return new ColdBlob(this, digest, lengthBytes, removals);
        }

        IBlob? source = null;
        try
        {
            source = await _remote.OpenAsync(digest, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            // What was not found, or failed, the others see for themselves: an upload may have ended since.
            look.SetResult(source?.LengthBytes);
            _looks.TryRemove(KeyValuePair.Create(digest, look.Task));
        }

        return source is null ? null : new ColdBlob(this, source, removals);
    }

    private async Task RunAsync(TierFill fill)
    {
        Exception? failure = null;
        try
        {
            await FillAsync(fill, _fills.Stopping).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            // The boundary of a fill: whatever happened, those who wait must be told.
            failure = e;
        }

        _fills.Remove(fill.Digest);
        fill.Conclude(failure);
        fill.Leave();
    }

    private async Task FillAsync(TierFill fill, CancellationToken cancellationToken)
    {
        // The reader looked before it came here; another fill may have ended in between.
        if (!fill.IsWithdrawn && IsCurrent() && await _tier.HasAsync(fill.Digest, cancellationToken).ConfigureAwait(false))
        {
            if (fill.Source is { } unused)
                await unused.DisposeAsync().ConfigureAwait(false);
            throw new TierException("It is in the tier by now.");
        }

        IBlob source = fill.Source ?? await _remote.OpenAsync(fill.Digest, cancellationToken).ConfigureAwait(false)
            ?? throw new BlobStoreException($"Blob {fill.Digest} was removed while it was read.");
        await using (source.ConfigureAwait(false))
        {
            var target = new TierFillTarget(_tier, fill);
            target.EnsureRoom(source.LengthBytes);

            // Room for both copies, this one and the tier's.
            fill.Begin(SpoolFile.Create(_spoolFolder, 2 * source.LengthBytes));
            var stream = new TransferredStream(new BlobStream(source), fill);
            await using (stream.ConfigureAwait(false))
            {
                IngestResult result = await new BlobIngester(target)
                    .IngestAsync(stream, source.LengthBytes, source.LengthBytes, source.Digest, cancellationToken).ConfigureAwait(false);
                if (result.Status is IngestStatus.Created or IngestStatus.AlreadyStored)
                {
                    Metrics?.NoteFilled(source.LengthBytes);
                    return;
                }
            }

            // The store is to look at it itself: what is damaged is absent from then on, and an upload brings it back.
            await _remote.VerifyAsync(source.Digest, cancellationToken).ConfigureAwait(false);
            throw new BlobDamagedException(source.Digest);
        }
    }
}
