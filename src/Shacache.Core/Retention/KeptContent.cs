using Shacache.Core.Blobs;
using Shacache.Core.Entries;
using Shacache.Core.Signing;

namespace Shacache.Core.Retention;

/// <summary>Keeps what is pinned, what certain keys signed, and the documents of a release that is here, from being removed to make room.</summary>
/// <remarks>
/// Nothing asks for a relocation map until a release is moved, so that it would go long before its release, which could be moved nowhere then. Nor does that keep more
/// than a client that may list entries could keep by asking for it regularly: a map stays no longer than the content of its entry.
/// </remarks>
/// <param name="store">The pins.</param>
/// <param name="entries">The entries.</param>
/// <param name="index">What is stored.</param>
/// <param name="signers">The keys.</param>
public sealed class KeptContent(IRetentionStore store, IEntryStore entries, IBlobIndex index, TrustedKeys signers) : IEvictionGuard
{
    /// <inheritdoc/>
    public async ValueTask<bool> IsKeptAsync(Digest digest, CancellationToken cancellationToken)
    {
        try
        {
            return await store.IsPinnedAsync(digest, cancellationToken).ConfigureAwait(false) ||
                await IsSignedAsync(digest, cancellationToken).ConfigureAwait(false) ||
                await IsOfReleaseAsync(digest, cancellationToken).ConfigureAwait(false);
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
            if (IsSigned(stored.Entry))
                return true;
        }

        return false;
    }

    private async ValueTask<bool> IsOfReleaseAsync(Digest document, CancellationToken cancellationToken)
    {
        await foreach (StoredEntry stored in entries.FindByDocumentAsync(document, cancellationToken).ConfigureAwait(false))
        {
            if ((signers.Keys.Count > 0 && IsSigned(stored.Entry)) || await index.FindAsync(stored.Entry.Digest, cancellationToken).ConfigureAwait(false) is not null)
                return true;
        }

        return false;
    }

    private bool IsSigned(SignedEntry entry) => SignatureVerdict.Of(entry, signers).Satisfies(SignaturePolicy.Any);
}
