using System.Runtime.InteropServices;
using Shacache.Core.Clocks;
using Shacache.Core.Savings;

namespace Shacache.Core.Blobs;

/// <summary>Gathers in memory what happens to blobs, and writes it to their index every few seconds.</summary>
/// <remarks>
/// Every GET comes by here. Sixteen parts with a lock each, held for one look-up; the dictionaries are emptied and used again,
/// so that nothing is allocated once they have grown to the size of an interval's traffic. A crash loses the last few seconds, which the index
/// learns again when the blobs are read. Safe for concurrent use.
/// </remarks>
public sealed class BlobNotes : IBlobNotes, IAsyncDisposable
{
    /// <summary>How long a note waits at most before it is written.</summary>
    public static readonly TimeSpan FlushInterval = TimeSpan.FromSeconds(5);

    /// <summary>Notes in one write, so that others need not wait long for their turn.</summary>
    private const int MaxBatch = 256;

    private const int PartCount = 16;
    private const int MaxReadsPerPart = 4096;

    // Stored and deleted blobs are worth more room: a read that is dropped costs the precision of a time only.
    private const int MaxNotesPerPart = 4 * MaxReadsPerPart;

    private readonly IBlobIndex _index;
    private readonly TimeProvider _timeProvider;
    private readonly Part[] _parts = [.. Enumerable.Range(0, PartCount).Select(_ => new Part())];
    private readonly TrafficNotes _traffic = new();
    private readonly ISavings? _savings;
    private readonly PeriodicFlush _flush;

    /// <param name="index">Where they are written; must stay open until this is disposed of.</param>
    /// <param name="timeProvider">The clock.</param>
    /// <param name="savings">Where that is written which is about no blob; null for nowhere.</param>
    public BlobNotes(IBlobIndex index, TimeProvider timeProvider, ISavings? savings = null)
    {
        _index = index;
        _timeProvider = timeProvider;
        _savings = savings;
        _flush = new PeriodicFlush(timeProvider, FlushInterval, FlushAllAsync);
    }

    /// <summary>Told of what was saved, each time when some of it was written, on any thread.</summary>
    public Action<IReadOnlyList<Saving>>? OnSaved { get; set; }

    /// <inheritdoc/>
    public void NoteStored(Digest digest, long lengthBytes)
    {
        if (!TryStored(digest, BlobNote.Stored(lengthBytes, NowMs())))
            _flush.FlushSoon();
    }

    /// <inheritdoc/>
    public void NoteShown(Digest digest, long? lengthBytes)
    {
        if (!TryRead(digest, BlobNote.Shown(lengthBytes, NowMs())))
            _flush.FlushSoon();
    }

    /// <inheritdoc/>
    public void NoteUsed(Digest digest, long lengthBytes) => NoteSent(digest, lengthBytes, new BlobSent(0, 0, 1, 0, null));

    /// <inheritdoc/>
    public void NoteSent(Digest digest, long? lengthBytes, BlobSent sent)
    {
        long nowMs = NowMs();
        var note = new BlobNote(Drop: false, Keep: true, lengthBytes, nowMs, sent.Uses > 0 ? nowMs : 0, nowMs) { Sent = sent };
        if (TryRead(digest, note))
            return;

        // Of which blob it was is lost, how much it was is not.
        _traffic.Add(new Traffic(sent.Cache ?? CacheKind.Download, sent.Requests, sent.Requests, sent.Bytes), sent.Bytes);
        _flush.FlushSoon();
    }

    /// <inheritdoc/>
    public void NoteOrigin(Digest digest, CacheKind cache, TimeSpan transferTime)
    {
        int transferMs = (int)Math.Clamp(transferTime.TotalMilliseconds, 1, int.MaxValue);
        TryRead(digest, BlobNote.Shown(null, NowMs()) with { Origin = cache, OriginMs = transferMs });
    }

    /// <inheritdoc/>
    public void NoteUploader(Digest digest, string account) => TryRead(digest, BlobNote.Shown(null, NowMs()) with { Uploader = account });

    /// <inheritdoc/>
    public void NoteTraffic(Traffic traffic, long savedBytes) => _traffic.Add(traffic, savedBytes);

    /// <inheritdoc/>
    public void NoteVerified(Digest digest)
    {
        if (!TryRead(digest, BlobNote.Verified(NowMs())))
            _flush.FlushSoon();
    }

    /// <inheritdoc/>
    public void NoteDeleted(Digest digest)
    {
        if (!TryDeleted(digest))
            _flush.FlushSoon();
    }

    /// <summary>Writes what was noted until now.</summary>
    /// <exception cref="StorageFullException">There is no room. Some of it waits for the next time.</exception>
    /// <exception cref="BlobStoreException">The backend failed. Some of it waits for the next time.</exception>
    public Task FlushAsync(CancellationToken cancellationToken) => _flush.FlushAsync(cancellationToken);

    /// <summary>Whether something was noted of a blob that the index does not know yet.</summary>
    public bool IsWaiting(Digest digest)
    {
        Part part = PartOf(digest);
        lock (part.Gate)
            return part.Notes.ContainsKey(digest);
    }

    /// <summary>How many blobs have a note that was not written yet.</summary>
    public int Waiting
    {
        get
        {
            int count = 0;
            foreach (Part part in _parts)
            {
                lock (part.Gate)
                    count += part.Notes.Count;
            }

            return count;
        }
    }

    /// <summary>Writes what is left, if that is possible.</summary>
    public ValueTask DisposeAsync() => _flush.DisposeAsync();

    private long NowMs() => _timeProvider.GetUtcNow().ToUnixTimeMilliseconds();

    private async Task FlushAllAsync(CancellationToken cancellationToken)
    {
        foreach (Part part in _parts)
        {
            Dictionary<Digest, BlobNote> notes = part.Take();
            try
            {
                // In the order of the digests, so that a batch touches few pages of the index over them.
                foreach (Digest[] digests in notes.Keys.Order().Chunk(MaxBatch))
                {
                    KeyValuePair<Digest, BlobNote>[] batch = [.. digests.Select(digest => KeyValuePair.Create(digest, notes[digest]))];
                    IReadOnlyList<Saving> saved = await _index.WriteAsync(batch, cancellationToken).ConfigureAwait(false);

                    // What was sent is not to be counted twice when a later one fails.
                    foreach (Digest digest in digests)
                        notes.Remove(digest);
                    Tell(saved);
                }
            }
            finally
            {
                part.Return();
            }
        }

        if (_savings is not null)
            Tell(await _traffic.FlushAsync(_savings, cancellationToken).ConfigureAwait(false));
    }

    private void Tell(IReadOnlyList<Saving> saved)
    {
        if (saved.Count > 0)
            OnSaved?.Invoke(saved);
    }

    /// <summary>Adds a note to what is waiting for the same blob.</summary>
    /// <returns>False when there was no room; a flush makes some.</returns>
    private bool TryRead(Digest digest, BlobNote read)
    {
        Part part = PartOf(digest);
        lock (part.Gate)
        {
            ref BlobNote note = ref CollectionsMarshal.GetValueRefOrNullRef(part.Notes, digest);
            if (!System.Runtime.CompilerServices.Unsafe.IsNullRef(ref note))
                note = note.ThenRead(read);
            else if (part.Notes.Count < MaxReadsPerPart)
                part.Notes.Add(digest, read);
            else
                return false;
            return true;
        }
    }

    /// <inheritdoc cref="TryRead"/>
    private bool TryStored(Digest digest, BlobNote stored)
    {
        Part part = PartOf(digest);
        lock (part.Gate)
        {
            if (!part.TryTouch(digest, out bool exists))
                return false;
            ref BlobNote note = ref CollectionsMarshal.GetValueRefOrAddDefault(part.Notes, digest, out _);
            note = exists ? note.Then(stored) : stored;
            return part.Notes.Count < MaxReadsPerPart;
        }
    }

    /// <inheritdoc cref="TryRead"/>
    private bool TryDeleted(Digest digest)
    {
        Part part = PartOf(digest);
        lock (part.Gate)
        {
            if (!part.TryTouch(digest, out bool exists))
                return false;
            part.Notes[digest] = exists ? part.Notes[digest].Then(BlobNote.Deleted) : BlobNote.Deleted;
            return part.Notes.Count < MaxReadsPerPart;
        }
    }

    // A part is a range of the digests, for the same reason as their order in a batch.
    private Part PartOf(Digest digest) => _parts[digest.FirstByte * PartCount / 256];

    private sealed class Part
    {
        public Lock Gate { get; } = new();

        public Dictionary<Digest, BlobNote> Notes { get; private set; } = [];

        private Dictionary<Digest, BlobNote> Taken { get; set; } = [];

        /// <summary>Takes everything that waits. For one caller at a time.</summary>
        /// <returns>The caller's until <see cref="Return"/>: what is written is to be taken out.</returns>
        public Dictionary<Digest, BlobNote> Take()
        {
            lock (Gate)
                (Notes, Taken) = (Taken, Notes);
            return Taken;
        }

        /// <summary>Ends a <see cref="Take"/>. What is left could not be written and waits on, as far as there is room.</summary>
        public void Return()
        {
            if (Taken.Count == 0)
                return;
            lock (Gate)
            {
                foreach ((Digest digest, BlobNote older) in Taken)
                {
                    if (TryTouch(digest, out bool exists))
                        Notes[digest] = exists ? older.Then(Notes[digest]) : older;
                }
            }

            Taken.Clear();
        }

        /// <summary>Whether a note of this blob has room.</summary>
        public bool TryTouch(Digest digest, out bool exists)
        {
            exists = Notes.ContainsKey(digest);
            return exists || Notes.Count < MaxNotesPerPart;
        }
    }
}
