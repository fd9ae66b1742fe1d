using System.Runtime.InteropServices;
using Shacache.Core.Blobs;

namespace Shacache.Database.Sqlite.Blobs;

/// <summary>Notes that wait for the next flush: a bounded map that is cheap to write to from many threads.</summary>
/// <remarks>
/// Every GET comes by here. Sixteen parts with a lock each, held for one look-up; the dictionaries are emptied and used again,
/// so that nothing is allocated once they have grown to the size of an interval's traffic.
/// </remarks>
internal sealed class BlobNotes
{
    private const int PartCount = 16;
    private const int MaxReadsPerPart = 4096;

    // Stored and deleted blobs are worth more room: a read that is dropped costs the precision of a time only.
    private const int MaxNotesPerPart = 4 * MaxReadsPerPart;

    private readonly Part[] _parts = [.. Enumerable.Range(0, PartCount).Select(_ => new Part())];

    /// <summary>Adds a note to what is waiting for the same blob.</summary>
    /// <returns>False when there was no room; a flush makes some.</returns>
    public bool TryRead(Digest digest, long lengthBytes, long nowMs)
    {
        Part part = PartOf(digest);
        lock (part.Gate)
        {
            ref BlobNote note = ref CollectionsMarshal.GetValueRefOrNullRef(part.Notes, digest);
            if (!System.Runtime.CompilerServices.Unsafe.IsNullRef(ref note))
                note = note.ThenRead(lengthBytes, nowMs);
            else if (part.Notes.Count < MaxReadsPerPart)
                part.Notes.Add(digest, BlobNote.Read(lengthBytes, nowMs));
            else
                return false;
            return true;
        }
    }

    /// <inheritdoc cref="TryRead"/>
    public bool TryStored(Digest digest, long lengthBytes, long nowMs)
    {
        Part part = PartOf(digest);
        lock (part.Gate)
        {
            if (!part.TryTouch(digest, out bool exists))
                return false;
            ref BlobNote note = ref CollectionsMarshal.GetValueRefOrAddDefault(part.Notes, digest, out _);
            note = exists ? note.ThenStored(lengthBytes, nowMs) : BlobNote.Read(lengthBytes, nowMs);
            return part.Notes.Count < MaxReadsPerPart;
        }
    }

    /// <inheritdoc cref="TryRead"/>
    public bool TryDeleted(Digest digest)
    {
        Part part = PartOf(digest);
        lock (part.Gate)
        {
            if (!part.TryTouch(digest, out _))
                return false;
            part.Notes[digest] = BlobNote.Deleted;
            return part.Notes.Count < MaxReadsPerPart;
        }
    }

    /// <summary>Takes everything that waits out of one part. For one caller at a time.</summary>
    /// <param name="part">From 0 to <see cref="Parts"/> - 1.</param>
    /// <returns>Stays unchanged until <see cref="Done"/>.</returns>
    public Dictionary<Digest, BlobNote> Take(int part)
    {
        Part taken = _parts[part];
        lock (taken.Gate)
            (taken.Notes, taken.Taken) = (taken.Taken, taken.Notes);
        return taken.Taken;
    }

    /// <summary>Ends a <see cref="Take"/>.</summary>
    /// <param name="part">The part that was taken.</param>
    /// <param name="written">False: the notes could not be written and wait on, as far as there is room.</param>
    public void Done(int part, bool written)
    {
        Part taken = _parts[part];
        if (!written)
        {
            lock (taken.Gate)
            {
                foreach ((Digest digest, BlobNote older) in taken.Taken)
                {
                    if (taken.TryTouch(digest, out bool exists))
                        taken.Notes[digest] = exists ? older.Then(taken.Notes[digest]) : older;
                }
            }
        }

        taken.Taken.Clear();
    }

    /// <summary>How many parts there are to take.</summary>
    public static int Parts => PartCount;

    // The low bits are the dictionary's; any others of a cryptographic hash do as well.
    private Part PartOf(Digest digest) => _parts[(digest.GetHashCode() >>> 20) % PartCount];

    private sealed class Part
    {
        public Lock Gate { get; } = new();

        public Dictionary<Digest, BlobNote> Notes { get; set; } = [];

        public Dictionary<Digest, BlobNote> Taken { get; set; } = [];

        /// <summary>Whether a note of this blob has room.</summary>
        public bool TryTouch(Digest digest, out bool exists)
        {
            exists = Notes.ContainsKey(digest);
            return exists || Notes.Count < MaxNotesPerPart;
        }
    }
}
