using System.Runtime.InteropServices;
using Shacache.Core.Savings;

namespace Shacache.Core.Blobs;

/// <summary>Is told what happens to blobs. Returns at once; bounded in memory.</summary>
public interface IBlobNotes : IUseNotes
{
    /// <summary>Notes that a blob was stored now, or uploaded again.</summary>
    void NoteStored(Digest digest, long lengthBytes);

    /// <summary>Notes that a client was told now that a blob is there. That is no use of it, but the blob is to stay for a while.</summary>
    /// <param name="digest">The blob.</param>
    /// <param name="lengthBytes">Its length; null when it is not known, so that the index does not adopt it.</param>
    void NoteShown(Digest digest, long? lengthBytes);

    /// <summary>Notes that a blob was deleted.</summary>
    void NoteDeleted(Digest digest);

    /// <summary>Notes that the bytes of a blob were compared with its digest now, and found right.</summary>
    void NoteVerified(Digest digest)
    {
    }

    /// <summary>Notes that a blob was deleted on purpose, and not for being damaged.</summary>
    void NoteRemoved(Digest digest) => NoteDeleted(digest);
}

/// <summary>Is told how blobs came and went, and what was asked. Returns at once, allocates nothing; bounded in memory.</summary>
public interface IUseNotes
{
    /// <summary>Notes that a blob was used now: most of it was sent.</summary>
    void NoteUsed(Digest digest, long lengthBytes) => NoteSent(digest, lengthBytes, new BlobSent(0, 0, 1, 0, null));

    /// <summary>Notes what was sent of a blob that came here before, in answers to GET.</summary>
    /// <param name="digest">The blob.</param>
    /// <param name="lengthBytes">Its length; null when it is not stored yet, so that the index does not adopt it.</param>
    /// <param name="sent">What was sent.</param>
    void NoteSent(Digest digest, long? lengthBytes, BlobSent sent);

    /// <summary>Notes that a blob that was stored came from elsewhere, and not from a client.</summary>
    /// <param name="digest">The blob.</param>
    /// <param name="cache">Which cache brought it.</param>
    /// <param name="transferTime">How long that took.</param>
    void NoteOrigin(Digest digest, CacheKind cache, TimeSpan transferTime);

    /// <summary>Notes who uploaded a blob that was stored.</summary>
    /// <param name="digest">The blob.</param>
    /// <param name="account">The name of an account.</param>
    void NoteUploader(Digest digest, string account);

    /// <summary>Notes what was asked of a cache beside <see cref="NoteSent"/>, which is a hit.</summary>
    /// <param name="traffic">What was asked.</param>
    /// <param name="savedBytes">Those of its bytes that no origin or upstream had to send, although they were on their way.</param>
    void NoteTraffic(Traffic traffic, long savedBytes);
}

/// <summary>Forgets what it is told.</summary>
public sealed class NoUseNotes : IUseNotes
{
    private NoUseNotes()
    {
    }

    /// <summary>The only one.</summary>
    public static NoUseNotes Instance { get; } = new();

    /// <inheritdoc/>
    public void NoteSent(Digest digest, long? lengthBytes, BlobSent sent)
    {
    }

    /// <inheritdoc/>
    public void NoteOrigin(Digest digest, CacheKind cache, TimeSpan transferTime)
    {
    }

    /// <inheritdoc/>
    public void NoteUploader(Digest digest, string account)
    {
    }

    /// <inheritdoc/>
    public void NoteTraffic(Traffic traffic, long savedBytes)
    {
    }
}

/// <summary>What was sent of a blob.</summary>
/// <param name="Bytes">Its bytes that were sent, and need not come from elsewhere for it.</param>
/// <param name="Requests">How many GET requests were answered.</param>
/// <param name="Uses">How many of the answers were uses of the blob.</param>
/// <param name="Wholes">How many of them were the whole blob.</param>
/// <param name="Cache">Which cache brings the blob; null when what the index knows of it tells.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct BlobSent(long Bytes, int Requests, int Uses, int Wholes, CacheKind? Cache)
{
    /// <summary>An answer to one GET.</summary>
    /// <param name="lengthBytes">Length of the blob.</param>
    /// <param name="bytes">Its bytes that were sent.</param>
    public static BlobSent Of(long lengthBytes, long bytes)
    {
        bool isWhole = bytes == lengthBytes;
        bool isUse = lengthBytes <= MemoryCachedBlobStore.MaxBlobBytes ? isWhole : bytes >= lengthBytes / 2;
        return new BlobSent(bytes, 1, isUse ? 1 : 0, isWhole ? 1 : 0, null);
    }

    /// <summary>Both together.</summary>
    public BlobSent Plus(BlobSent other) => new(Bytes + other.Bytes, Requests + other.Requests, Uses + other.Uses, Wholes + other.Wholes, Cache ?? other.Cache);
}

/// <summary>What the index is to learn of one blob: all that was noted of it since the last flush, put together.</summary>
/// <param name="Drop">A row that exists is to go.</param>
/// <param name="Keep">A row is to exist afterwards.</param>
/// <param name="LengthBytes">Length of the blob, when it is kept; null when it is not known.</param>
/// <param name="SinceMs">When it was first noted, in milliseconds since 1970.</param>
/// <param name="UsedMs">When it was last used or stored; 0 when it was only shown.</param>
/// <param name="ShownMs">When it was last shown, used or stored.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct BlobNote(bool Drop, bool Keep, long? LengthBytes, long SinceMs, long UsedMs, long ShownMs)
{
    /// <summary>It is gone.</summary>
    public static BlobNote Deleted { get; } = new(Drop: true, Keep: false, LengthBytes: null, 0, 0, 0);

    /// <summary>When its bytes were last compared with its digest; 0 when they were not.</summary>
    public long VerifiedMs { get; init; }

    /// <summary>What was sent of it. Counts also when it is gone since.</summary>
    public BlobSent Sent { get; init; }

    /// <summary>Which cache brought it, when that is no upload; null otherwise.</summary>
    public CacheKind? Origin { get; init; }

    /// <summary>How long that took, in milliseconds.</summary>
    public int OriginMs { get; init; }

    /// <summary>The account that uploaded it; null when that is not known.</summary>
    public string? Uploader { get; init; }

    /// <summary>It was used or stored, and is there.</summary>
    public static BlobNote Used(long lengthBytes, long nowMs) => new(Drop: false, Keep: true, lengthBytes, nowMs, nowMs, nowMs);

    /// <summary>It was stored, so that its bytes are right.</summary>
    public static BlobNote Stored(long lengthBytes, long nowMs) => Used(lengthBytes, nowMs) with { VerifiedMs = nowMs };

    /// <summary>Its bytes were found right. That is no use, and adopts nothing.</summary>
    public static BlobNote Verified(long nowMs) => new(Drop: false, Keep: true, LengthBytes: null, nowMs, UsedMs: 0, ShownMs: 0) { VerifiedMs = nowMs };

    /// <summary>A client was told that it is there.</summary>
    public static BlobNote Shown(long? lengthBytes, long nowMs) => new(Drop: false, Keep: true, lengthBytes, nowMs, UsedMs: 0, nowMs);

    /// <summary>This was noted after that. A reader that opened a blob before its deletion does not bring it back.</summary>
    public BlobNote ThenRead(BlobNote read) => Drop && !Keep ? this with { Sent = Sent.Plus(read.Sent) } : Then(read);

    /// <summary>Both together, this one being the older.</summary>
    public BlobNote Then(BlobNote newer) => newer.Drop || !Keep
        ? newer with { Drop = Drop || newer.Drop, Sent = Sent.Plus(newer.Sent) }
        : this with
        {
            LengthBytes = newer.LengthBytes ?? LengthBytes,
            UsedMs = Math.Max(UsedMs, newer.UsedMs),
            ShownMs = Math.Max(ShownMs, newer.ShownMs),
            VerifiedMs = Math.Max(VerifiedMs, newer.VerifiedMs),
            Sent = Sent.Plus(newer.Sent),
            Origin = Origin ?? newer.Origin,
            OriginMs = Math.Max(OriginMs, newer.OriginMs),
            Uploader = Uploader ?? newer.Uploader,
        };
}
