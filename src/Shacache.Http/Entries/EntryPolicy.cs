using Shacache.Core;
using Shacache.Core.Accounts;
using Shacache.Core.Blobs;
using Shacache.Core.Entries;
using Shacache.Core.Signing;
using Shacache.Http.Answers;

namespace Shacache.Http.Entries;

/// <summary>Decides which entries the directory accepts, by what they are; who sends them is another question (docs/configuration.md, "Which entries are accepted").</summary>
internal sealed class EntryPolicy
{
    private readonly EntryPolicyOptions _options;
    private readonly IBlobStore _blobs;
    private readonly IDatabase _database;
    private readonly EntryLimit? _limit;

    public EntryPolicy(EntryPolicyOptions options, IBlobStore blobs, IDatabase database)
    {
        _options = options;
        _blobs = blobs;
        _database = database;
        if (_options.MaxEntriesPerKey > 0)
            _limit = new EntryLimit(_options.MaxEntriesPerKey, IsProtected);
    }

    /// <summary>What speaks against an entry; null when nothing does.</summary>
    /// <param name="key">The key that it is to be listed under.</param>
    /// <param name="entry">The entry.</param>
    /// <param name="cancellationToken">Stops the search for its content.</param>
    public async ValueTask<Problem?> FindProblemAsync(EntryKey key, SignedEntry entry, CancellationToken cancellationToken)
    {
        if (_options.RequiredSigners is { } required && SignatureVerdict.Of(entry, required) is var verdict && !verdict.Satisfies(SignaturePolicy.Any))
            return EntryProblems.NotSigned(verdict);
        if (_options.RequireKeyBinding && KeyEvidence.Of(key, entry) is { Belongs: not true } evidence)
            return EntryProblems.NotBound(evidence);
        return _options.RequireBlob && !await _blobs.ExistsAsync(entry.Digest, cancellationToken) ? EntryProblems.BlobMissing(entry.Digest) : null;
    }

    /// <summary>Lists an entry, and records that, unless its key is full.</summary>
    /// <param name="key">The key that it is to be listed under.</param>
    /// <param name="entry">The entry, in which no problem was found.</param>
    /// <param name="audit">The line for the audit log; null for none.</param>
    /// <param name="isFromKnown">Whether an account puts it: then it is believed what it says about getting its content back.</param>
    /// <param name="cancellationToken">Honoured until the change is being made.</param>
    public ValueTask<EntryAddition> AddAsync(EntryKey key, SignedEntry entry, AuditEntry? audit, bool isFromKnown, CancellationToken cancellationToken)
    {
        EntryWorth worth = EntryWorth.IsIn(entry) && (isFromKnown || IsProtected(entry) || IsSigned(entry, _options.OtherSigners)) ? EntryWorth.Of(entry) : default;
        return _limit is null
            ? WithRoomAsync(null)
            : _limit.AddAsync(_database.Entries, key, entry, WithRoomAsync, cancellationToken);

        ValueTask<EntryAddition> WithRoomAsync(EntryRoom? room) => _database.AddEntryAsync(key, entry, room, audit, worth, cancellationToken);
    }

    /// <summary>What is answered when the key of an entry is full.</summary>
    public Problem KeyFull(EntryKey key) => EntryProblems.KeyFull(key, _options.MaxEntriesPerKey);

    private bool IsProtected(SignedEntry entry) =>
        IsSigned(entry, _options.ProtectedSigners) || (_options.RequiredSigners is { } required && IsSigned(entry, required));

    private static bool IsSigned(SignedEntry entry, TrustedKeys signers) => SignatureVerdict.Of(entry, signers).Satisfies(SignaturePolicy.Any);
}

/// <summary>Which entries the directory accepts beyond well-formed ones. Everything is off by default: the clients verify, and old entries prove little.</summary>
public sealed class EntryPolicyOptions
{
    /// <summary>Only entries that one of these keys signed are accepted; null for all.</summary>
    public TrustedKeys? RequiredSigners { get; set; }

    /// <summary>Entries that one of these keys signed are protected from others when a key has too many; those of <see cref="RequiredSigners"/> are, too.</summary>
    public TrustedKeys ProtectedSigners { get; set; } = TrustedKeys.None;

    /// <summary>Further keys whose holders the operator has listed, for whatever: what they sign about the worth of content is believed.</summary>
    internal TrustedKeys OtherSigners { get; set; } = TrustedKeys.None;

    /// <summary>Only entries are accepted whose content is stored here.</summary>
    public bool RequireBlob { get; set; }

    /// <summary>Only entries are accepted that prove to belong under their key.</summary>
    public bool RequireKeyBinding { get; set; }

    /// <summary>Entries that one key may have; 0 for any number.</summary>
    public int MaxEntriesPerKey { get; set; }
}
