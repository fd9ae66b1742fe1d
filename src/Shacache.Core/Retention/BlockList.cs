using System.Collections.Frozen;
using Shacache.Core.Blobs;
using Shacache.Core.Entries;

namespace Shacache.Core.Retention;

/// <summary>What is refused, in memory: every request looks here. Safe for concurrent use.</summary>
public sealed class BlockList
{
    private const string NotKnown = "What is blocked is not known yet: the database has not answered since the start.";

    private readonly Lock _gate = new();
    private volatile bool _isAwaited;
    private FrozenDictionary<Digest, string> _digests = FrozenDictionary<Digest, string>.Empty;
    private FrozenDictionary<string, string> _keys = FrozenDictionary<string, string>.Empty;

    /// <summary>Whether no content is refused.</summary>
    public bool HasNoDigest => !_isAwaited && _digests.Count == 0;

    /// <summary>Says that it is not known yet what is refused: until <see cref="LoadAsync"/>, every question throws.</summary>
    public void Await() => _isAwaited = true;

    /// <summary>Takes over the rules of a store. <see cref="RuleKind.Pin"/> is ignored.</summary>
    public async ValueTask LoadAsync(IRetentionStore store, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(store);
        IReadOnlyList<ContentRule> rules = await store.ListRulesAsync(RuleKind.Block, cancellationToken).ConfigureAwait(false);
        Take([.. rules.Select(rule => new Block(rule.Subject, rule.Reason))]);
    }

    /// <summary>Takes over what was known of a store before: that is what is refused from now on.</summary>
    public void Take(IReadOnlyList<Block> blocks)
    {
        lock (_gate)
        {
            _digests = blocks.Where(block => block.Subject.Digest is not null).ToFrozenDictionary(block => block.Subject.Digest!.Value, block => block.Reason);
            _keys = blocks.Where(block => block.Subject.Key is not null).ToFrozenDictionary(block => block.Subject.Key!.Value, block => block.Reason, StringComparer.Ordinal);
        }

        _isAwaited = false;
    }

    /// <summary>All that is refused.</summary>
    public IReadOnlyList<Block> List()
    {
        lock (_gate)
            return [.. _digests.Select(pair => new Block(RuleSubject.Of(pair.Key), pair.Value)), .. _keys.Select(pair => new Block(RuleSubject.Of(EntryKey.Create(pair.Key)), pair.Value))];
    }

    /// <summary>Refuses something from now on.</summary>
    public void Add(RuleSubject subject, string reason)
    {
        ArgumentNullException.ThrowIfNull(subject);
        lock (_gate)
        {
            if (subject.Digest is { } digest)
                _digests = new Dictionary<Digest, string>(_digests) { [digest] = reason }.ToFrozenDictionary();
            else
                _keys = new Dictionary<string, string>(_keys) { [subject.Key!.Value] = reason }.ToFrozenDictionary(StringComparer.Ordinal);
        }
    }

    /// <summary>Refuses something no longer.</summary>
    public void Remove(RuleSubject subject)
    {
        ArgumentNullException.ThrowIfNull(subject);
        lock (_gate)
        {
            if (subject.Digest is { } digest)
                _digests = _digests.Where(pair => pair.Key != digest).ToFrozenDictionary();
            else
                _keys = _keys.Where(pair => pair.Key != subject.Key!.Value).ToFrozenDictionary(StringComparer.Ordinal);
        }
    }

    /// <summary>Whether content is refused.</summary>
    /// <exception cref="BlobStoreException">That is not known yet.</exception>
    public bool Contains(Digest digest) => IsContentKnown() && _digests.Count > 0 && _digests.ContainsKey(digest);

    /// <summary>Whether a key is refused.</summary>
    /// <exception cref="EntryStoreException">That is not known yet.</exception>
    public bool Contains(EntryKey key) => IsKnown() && _keys.Count > 0 && _keys.ContainsKey(key.Value);

    /// <summary>Why a key is refused, for clients; null when it is not.</summary>
    /// <exception cref="EntryStoreException">That is not known yet.</exception>
    public string? FindRefusal(EntryKey key) => IsKnown() && _keys.Count > 0 && _keys.TryGetValue(key.Value, out string? reason) ? Explain("key", reason) : null;

    /// <summary>Refuses content that is blocked.</summary>
    /// <exception cref="ContentBlockedException">It is.</exception>
    /// <exception cref="BlobStoreException">That is not known yet.</exception>
    public void Check(Digest digest)
    {
        if (IsContentKnown() && _digests.Count > 0 && _digests.TryGetValue(digest, out string? reason))
            throw new ContentBlockedException(Explain("content", reason));
    }

    private bool IsKnown() => _isAwaited ? throw new EntryStoreException(NotKnown) { IsAway = true } : true;

    private bool IsContentKnown() => _isAwaited ? throw new BlobStoreException(NotKnown) { IsAway = true } : true;

    private static string Explain(string what, string reason) =>
        $"The operator of this server blocked this {what}{(reason.Length > 0 ? $": {reason.TrimEnd('.')}" : "")}. Nothing was stored.";
}

/// <summary>Something that is refused.</summary>
/// <param name="Subject">What.</param>
/// <param name="Reason">Why, for clients; empty for no reason.</param>
public sealed record Block(RuleSubject Subject, string Reason);

/// <summary>An operator blocked the content. The message is for clients, too. Nothing was stored.</summary>
public sealed class ContentBlockedException : BlobStoreException
{
    /// <summary>Creates it.</summary>
    /// <param name="message">What is blocked, and why.</param>
    public ContentBlockedException(string message)
        : base(message)
    {
    }
}
