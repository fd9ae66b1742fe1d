using System.Runtime.InteropServices;
using Shacache.Core.Savings;

namespace Shacache.Core.Blobs.Indexing;

/// <summary>What the row of a blob in an index has that changes, and what notes make of it: the same for every database.</summary>
/// <param name="LengthBytes">Length of the blob.</param>
/// <param name="Rank">Its place in the order in which room is made.</param>
/// <param name="UsedMs">Its last use, in milliseconds since 1970, as the next one.</param>
/// <param name="ShownMs">When a client was last told of it.</param>
/// <param name="Uses">How often it was used.</param>
/// <param name="Cache">A number of <see cref="CacheKind"/>; 0 when its entries were not looked at.</param>
/// <param name="Prefix">The number of the prefix of the keys that list it; <see cref="OtherPrefix"/> for none.</param>
/// <param name="Uploader">The number of the account that uploaded it; 0 when that is not known.</param>
/// <param name="BuildMs">How long its build took; 0 when that is not known.</param>
/// <param name="FetchMs">How long it took to come; 0 when that is not known.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct BlobRecord(
    long LengthBytes, long Rank, long UsedMs, long ShownMs, long Uses, long Cache, long Prefix, long Uploader, long BuildMs, long FetchMs)
{
    /// <summary>Stands for <see cref="KeyPrefix.Other"/> where prefixes are stored.</summary>
    public const long OtherPrefix = 0;

    /// <summary>What it is worth.</summary>
    public BlobWorth Worth => new(LengthBytes, Uses, BuildMs, FetchMs);

    /// <summary>A new row, without what entries tell and without a rank.</summary>
    /// <param name="lengthBytes">Length of the blob.</param>
    /// <param name="note">What made it.</param>
    /// <param name="numberOfUploader">Gives the number of an account.</param>
    public static BlobRecord Begin(long lengthBytes, in BlobNote note, Func<string, long> numberOfUploader) =>
        new BlobRecord(lengthBytes, 0, Math.Max(note.SinceMs, note.UsedMs), note.ShownMs, note.Sent.Uses, 0, 0, 0, 0, 0).Learn(note, numberOfUploader);

    /// <summary>The row after a note, without what entries tell anew and with the rank that it had.</summary>
    /// <param name="note">The note.</param>
    /// <param name="numberOfUploader">Gives the number of an account.</param>
    public BlobRecord After(in BlobNote note, Func<string, long> numberOfUploader) => Learn(note, numberOfUploader) with
    {
        LengthBytes = note.LengthBytes ?? LengthBytes,
        UsedMs = Math.Max(UsedMs, note.UsedMs),
        ShownMs = Math.Max(ShownMs, note.ShownMs),
        Uses = Uses + note.Sent.Uses,
    };

    /// <summary>Whether entries are to be looked at, now that the row was another before.</summary>
    public bool MustBeClassified(BlobRecord old) => Cache == 0 || Cache != old.Cache;

    /// <summary>Ranks the row, now that the row was another before a note. What was only shown keeps its rank: that is no use.</summary>
    public BlobRecord RankedAfter(BlobRecord old, in BlobNote note, BlobOrder order) =>
        note.UsedMs > 0 || Worth != old.Worth ? this with { Rank = Math.Max(BlobRank.IsOf(order.Kind, Rank) ? Rank : 0, order.RankOf(this)) } : this;

    /// <summary>Ranks the row, now that an entry told more of it.</summary>
    public BlobRecord RankedAfterEntry(BlobOrder order) =>
        BlobRank.IsOf(EvictionOrder.Cost, Rank) ? this with { Rank = Math.Max(Rank, order.RankOf(this)) } : this;

    /// <summary>What a note tells of how the blob came: the first one counts.</summary>
    private BlobRecord Learn(in BlobNote note, Func<string, long> numberOfUploader) => this with
    {
        Cache = note.Origin is { } origin ? (long)origin : Cache,
        FetchMs = Math.Max(FetchMs, note.OriginMs),
        Uploader = Uploader == 0 && note.Uploader is { } account ? numberOfUploader(account) : Uploader,
    };
}

/// <summary>The order in which room is made, as it is set.</summary>
/// <param name="Kind">The order.</param>
/// <param name="Age">The highest rank of what was evicted.</param>
public readonly record struct BlobOrder(EvictionOrder Kind, long Age)
{
    /// <summary>The rank of a row by its worth and its last use.</summary>
    public long RankOf(BlobRecord row) => BlobRank.Of(Kind, Age, row.UsedMs, row.Worth);
}
