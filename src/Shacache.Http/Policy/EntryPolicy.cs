using Shacache.Core.Blobs;
using Shacache.Core.Entries;
using Shacache.Core.Signing;
using Shacache.Http.Errors;

namespace Shacache.Http.Policy;

/// <summary>Decides which entries the directory accepts, by what they are; who sends them is another question (docs/configuration.md, "Which entries are accepted").</summary>
internal sealed class EntryPolicy
{
    private readonly EntryPolicyOptions _options;
    private readonly IBlobStore _blobs;

    public EntryPolicy(CacheServerOptions options, IBlobStore blobs)
    {
        _options = options.Entries;
        _blobs = blobs;
        if (_options.MaxEntriesPerKey > 0)
            Limit = new EntryLimit(_options.MaxEntriesPerKey, IsProtected);
    }

    /// <summary>How many entries a key may have; null for any number.</summary>
    public EntryLimit? Limit { get; }

    /// <summary>What speaks against an entry; null when nothing does.</summary>
    /// <param name="key">The key that it is to be listed under.</param>
    /// <param name="entry">The entry.</param>
    /// <param name="cancellationToken">Stops the search for its content.</param>
    public async ValueTask<Problem?> FindProblemAsync(EntryKey key, SignedEntry entry, CancellationToken cancellationToken)
    {
        if (_options.RequiredSigners is { } required && SignatureVerdict.Of(entry, required) is var verdict && !verdict.Satisfies(SignaturePolicy.Any))
            return PolicyProblems.NotSigned(verdict);
        if (_options.RequireKeyBinding && KeyEvidence.Of(key, entry) is { Belongs: not true } evidence)
            return PolicyProblems.NotBound(evidence);
        return _options.RequireBlob && !await _blobs.ExistsAsync(entry.Digest, cancellationToken) ? PolicyProblems.BlobMissing(entry.Digest) : null;
    }

    private bool IsProtected(SignedEntry entry) =>
        IsSigned(entry, _options.ProtectedSigners) || (_options.RequiredSigners is { } required && IsSigned(entry, required));

    private static bool IsSigned(SignedEntry entry, TrustedKeys signers) => SignatureVerdict.Of(entry, signers).Satisfies(SignaturePolicy.Any);
}
