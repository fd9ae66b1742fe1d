using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Shacache.Core;
using Shacache.Core.Blobs;
using Shacache.Core.Entries;
using Shacache.Core.Retention;
using Shacache.Core.Upstreams;

namespace Shacache.Http.Pages.Details;

/// <summary>Finds what the pages show of entries and objects. Only looks: nothing counts as used, or as shown to a client.</summary>
internal sealed class EntryLooks(IDatabase database, IBlobStore blobs, BlockList blocks, EntryVerdicts verdicts, TimeProvider time)
{
    /// <summary>The newest entries of a key, as many bytes of them.</summary>
    private const long MaxListingBytes = 512 * 1024;

    /// <summary>The most entries of a key, or of an object, that are shown.</summary>
    public const int MaxEntries = 50;

    /// <summary>Entries under a key: those that were put here, then what upstreams list besides.</summary>
    public async ValueTask<KeyLook> LookAsync(EntryKey key, CancellationToken cancellationToken)
    {
        IReadOnlyList<StoredEntry> stored = await database.Entries.ListAsync(key, MaxListingBytes, cancellationToken);
        UpstreamListing? listing = await database.UpstreamListings.FindAsync(key, cancellationToken);
        DateTimeOffset now = time.GetUtcNow();
        HashSet<SignedEntry> own = [.. stored.Select(one => one.Entry)];
        SignedEntry[] others = [.. (listing?.Entries ?? []).Where(entry => !own.Contains(entry) && !entry.IsExpired(now))];
        List<EntryLook> looks = [];
        Dictionary<Digest, ObjectLook> objects = [];
        foreach (StoredEntry one in stored.Take(MaxEntries))
            looks.Add(await LookAsync(key, one.Entry, one.AddedAt, null, objects, cancellationToken));
        foreach (SignedEntry entry in others.Take(MaxEntries - looks.Count))
            looks.Add(await LookAsync(key, entry, listing!.FetchedAt, listing.Upstream, objects, cancellationToken));
        return new KeyLook(key, looks, Math.Max(stored.Count, await database.Entries.CountAsync(key, cancellationToken)) + others.Length, listing?.Upstream) { IsBlocked = blocks.Contains(key) };
    }

    /// <summary>Entries that name an object, those that have expired, too.</summary>
    public async ValueTask<IReadOnlyList<EntryLook>> LookAsync(Digest digest, CancellationToken cancellationToken)
    {
        List<EntryLook> looks = [];
        Dictionary<Digest, ObjectLook> objects = [];
        await foreach (StoredEntry stored in database.Entries.FindByDigestAsync(digest, cancellationToken))
        {
            if (Entries.ReservedKeys.Contain(stored.Key))
                continue;
            looks.Add(await LookAsync(stored.Key, stored.Entry, stored.AddedAt, null, objects, cancellationToken));
            if (looks.Count == MaxEntries)
                break;
        }

        return looks;
    }

    public async ValueTask<ObjectLook> LookAtObjectAsync(Digest digest, CancellationToken cancellationToken) =>
        new(digest, await blobs.HasAsync(digest, cancellationToken), await database.BlobIndex.FindAsync(digest, cancellationToken)) { IsBlocked = blocks.Contains(digest) };

    private async ValueTask<EntryLook> LookAsync(
        EntryKey key, SignedEntry entry, DateTimeOffset since, string? upstream, Dictionary<Digest, ObjectLook> objects, CancellationToken cancellationToken)
    {
        if (!objects.TryGetValue(entry.Digest, out ObjectLook? content))
            objects[entry.Digest] = content = await LookAtObjectAsync(entry.Digest, cancellationToken);
        return new EntryLook(key, entry, since, upstream, verdicts.Judge(key, entry), content);
    }
}

/// <summary>What there is under a key.</summary>
/// <param name="Key">The key.</param>
/// <param name="Entries">The entries that are shown.</param>
/// <param name="Count">How many there are.</param>
/// <param name="Upstream">Who lists some, among other caches; null when none does, as far as is known.</param>
internal sealed record KeyLook(EntryKey Key, IReadOnlyList<EntryLook> Entries, int Count, string? Upstream)
{
    /// <summary>Whether an operator refuses the key.</summary>
    public bool IsBlocked { get; init; }
}

/// <summary>An entry as the pages show it.</summary>
/// <param name="Key">The key it is listed under.</param>
/// <param name="Entry">The pair of texts.</param>
/// <param name="Since">When it was put here, or heard of.</param>
/// <param name="Upstream">Which other cache lists it; null when it was put here.</param>
/// <param name="Verdict">What its signatures prove.</param>
/// <param name="Content">The object that it names.</param>
internal sealed record EntryLook(EntryKey Key, SignedEntry Entry, DateTimeOffset Since, string? Upstream, EntryVerdict Verdict, ObjectLook Content)
{
    private static readonly string[] Names = ["file_name", "url", "software_url", "file"];

    /// <summary>Tells it from the others of its key.</summary>
    public string Id => EntryId.Of(Entry);

    /// <summary>What it is about, in its own words: the name of a file, a URL; null when it says nothing of the kind.</summary>
    public string? FindName()
    {
        using JsonDocument information = JsonDocument.Parse(Entry.Information);
        foreach (string name in Names)
        {
            if (information.RootElement.TryGetProperty(name, out JsonElement member) && member.ValueKind == JsonValueKind.String && member.GetString() is { Length: > 0 } text)
                return text;
        }

        return null;
    }
}

/// <summary>An object as the pages show it.</summary>
/// <param name="Digest">Its name.</param>
/// <param name="IsHere">Whether it is stored.</param>
/// <param name="Usage">Its size and times, as far as they are known.</param>
internal sealed record ObjectLook(Digest Digest, bool IsHere, BlobUsage? Usage)
{
    /// <summary>Whether an operator refuses it; it is not here then.</summary>
    public bool IsBlocked { get; init; }
}

/// <summary>A name for an entry among those of its key, for the address of its page.</summary>
internal static class EntryId
{
    private const int Length = 16;

    public static string Of(SignedEntry entry) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{entry.Information}\0{entry.Signature}")))[..Length];
}
