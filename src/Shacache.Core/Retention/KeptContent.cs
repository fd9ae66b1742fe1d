using Shacache.Core.Blobs;
using Shacache.Core.Entries;
using Shacache.Core.Signing;

namespace Shacache.Core.Retention;

/// <summary>Keeps what is pinned, and what certain keys signed, from being removed to make room.</summary>
/// <param name="store">The pins.</param>
/// <param name="entries">The entries.</param>
/// <param name="signers">The keys.</param>
public sealed class KeptContent(IRetentionStore store, IEntryStore entries, TrustedKeys signers) : IEvictionGuard
{
    /// <inheritdoc/>
    public async ValueTask<bool> IsKeptAsync(Digest digest, CancellationToken cancellationToken)
    {
        try
        {
            return await store.IsPinnedAsync(digest, cancellationToken).ConfigureAwait(false) || await IsSignedAsync(digest, cancellationToken).ConfigureAwait(false);
        }
        catch (EntryStoreException e)
        {
            throw new BlobStoreException(e.Message, e);
        }
    }

    private async ValueTask<bool> IsSignedAsync(Digest digest, CancellationToken cancellationToken)
    {
        if (signers.Keys.Count == 0)
            return false;
        await foreach (StoredEntry stored in entries.FindByDigestAsync(digest, cancellationToken).ConfigureAwait(false))
        {
            if (SignatureVerdict.Of(stored.Entry, signers).Satisfies(SignaturePolicy.Any))
                return true;
        }

        return false;
    }
}
