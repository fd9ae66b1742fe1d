using Shacache.Core.Savings;

namespace Shacache.Core.Blobs.Indexing;

/// <summary>What an entry tells of its blob.</summary>
/// <param name="Prefix">The prefix of the key that it is listed under.</param>
/// <param name="IsRelease">Whether it is about a built release.</param>
/// <param name="BuildMs">How long the build took; 0 when that is not known, or not to be believed.</param>
/// <param name="FetchMs">How long the blob took to come; 0 likewise.</param>
public readonly record struct ListedBlob(string Prefix, bool IsRelease, long BuildMs, long FetchMs)
{
    /// <summary>What the entry of a release has, and no other.</summary>
    public const string ReleaseMember = "\"software_url\"";

    /// <summary>So many entries, the newest, are enough to know what a blob is.</summary>
    public const int EnoughEntries = 16;

    /// <summary>Where the gateway notes what it fetched, beside the keys of clients.</summary>
    private const string ReservedPrefix = "shacache-gateway:";

    /// <summary>Whether an entry is about a built release.</summary>
    public static bool IsOfRelease(string information)
    {
        ArgumentNullException.ThrowIfNull(information);
        return information.Contains(ReleaseMember, StringComparison.Ordinal);
    }

    /// <summary>Adds to a row what this entry tells. The first prefix counts.</summary>
    /// <param name="row">The row.</param>
    /// <param name="numberOfPrefix">Gives the number of a prefix.</param>
    public BlobRecord Join(BlobRecord row, Func<string, long> numberOfPrefix)
    {
        ArgumentNullException.ThrowIfNull(numberOfPrefix);
        if (Prefix == ReservedPrefix)
            return row;
        return row with
        {
            Cache = row.Cache > (long)CacheKind.Download ? row.Cache : (long)(IsRelease ? CacheKind.Binary : CacheKind.Download),
            Prefix = row.Prefix != BlobRecord.OtherPrefix ? row.Prefix : numberOfPrefix(Prefix),
            BuildMs = Math.Max(row.BuildMs, BuildMs),
            FetchMs = Math.Max(row.FetchMs, FetchMs),
        };
    }
}
