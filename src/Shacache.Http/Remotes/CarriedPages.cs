using System.Security.Cryptography;
using System.Text;
using Shacache.Core.Entries;
using Shacache.Http.Gateway;
using Shacache.Http.Gateway.Origins;
using Shacache.Http.Remotes.Indexes;

namespace Shacache.Http.Remotes;

/// <summary>Pages of indexes as signed entries: one server lists them, a bundle carries them, and another server that trusts the signer answers from them (docs/decisions/0018-pages-in-bundles.md).</summary>
internal sealed class CarriedPages(GatewayIndex copies)
{
    private const string Prefix = "index-page:";

    /// <summary>Lists a page that is kept.</summary>
    /// <param name="remote">The remote.</param>
    /// <param name="index">The page.</param>
    /// <param name="places">Where it may be at its origins.</param>
    /// <param name="cancellationToken">Stops.</param>
    /// <returns>The keys that it is listed under; none when it is not kept.</returns>
    public async ValueTask<IReadOnlyList<EntryKey>> SignAsync(Remote remote, RemoteIndex index, IReadOnlyList<OriginUrl> places, CancellationToken cancellationToken)
    {
        await using GatewayCopy? copy = await copies.FindRecordAsync(remote.RecordOf("index", index.Name), cancellationToken);
        List<EntryKey> keys = [];
        foreach (OriginUrl place in copy is null ? [] : places)
        {
            if (await copies.SignPageAsync(KeyOf(index, place), copy!, cancellationToken) is { } key)
                keys.Add(key);
        }

        return keys;
    }

    /// <summary>Takes a page that was carried here for the one that is kept, when it is newer.</summary>
    /// <param name="remote">The remote.</param>
    /// <param name="index">The page.</param>
    /// <param name="places">Where it may be at its origins.</param>
    /// <param name="kept">When what is kept was confirmed; null when nothing is.</param>
    /// <param name="cancellationToken">Stops.</param>
    /// <returns>Whether there was one.</returns>
    public async ValueTask<bool> TryAdoptAsync(Remote remote, RemoteIndex index, IReadOnlyList<OriginUrl> places, DateTimeOffset? kept, CancellationToken cancellationToken)
    {
        EntryKey record = remote.RecordOf("index", index.Name);
        foreach (OriginUrl place in places)
        {
            await using GatewayCopy? copy = await copies.FindPageAsync(KeyOf(index, place), cancellationToken);
            if (copy is null || copy.Note!.CheckedAt <= kept || !OriginUrl.TryParse(copy.Note.Url.Replace("://", "/", StringComparison.Ordinal), out OriginUrl? url, out _))
                continue;
            await copies.NoteAsync(record, [record], new OriginFile(url), copy.Blob.Digest, copy.Metadata, cancellationToken, copy.Note.CheckedAt);
            return true;
        }

        return false;
    }

    /// <summary>Of a place and a form: a server whose remote of another name has the same index finds it, and one of another index does not.</summary>
    private static EntryKey KeyOf(RemoteIndex index, OriginUrl place) =>
        EntryKey.Create(Prefix + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{index.Name} {place.Text}"))));
}
