using Shacache.Core.Blobs;
using Shacache.Core.Entries;

namespace Shacache.Core.Retention;

/// <summary>What an operator keeps or refuses.</summary>
/// <param name="Kind">What it says.</param>
/// <param name="Subject">What it is about; there is one rule of a kind for each.</param>
/// <param name="MadeAt">Since when.</param>
/// <param name="EndsAt">Until when; null for ever.</param>
/// <param name="Actor">Who made it, as the audit log says it.</param>
/// <param name="Reason">Why, on one line; empty when they did not say.</param>
public sealed record ContentRule(RuleKind Kind, RuleSubject Subject, DateTimeOffset MadeAt, DateTimeOffset? EndsAt, string Actor, string Reason)
{
    /// <summary>The longest reason, in characters.</summary>
    public const int MaxReasonLength = 500;
}

/// <summary>What a rule says. The numbers are stored and never change their meaning.</summary>
public enum RuleKind
{
    /// <summary>It is not removed to make room, nor by a clean-up.</summary>
    Pin = 1,

    /// <summary>It is refused, wherever it comes from.</summary>
    Block = 2,
}

/// <summary>What a rule is about: one object, or whatever is under one key.</summary>
public sealed record RuleSubject
{
    private RuleSubject(Digest? digest, EntryKey? key) => (Digest, Key) = (digest, key);

    /// <summary>The object; null when it is about a key.</summary>
    public Digest? Digest { get; }

    /// <summary>The key; null when it is about an object.</summary>
    public EntryKey? Key { get; }

    /// <summary>One object.</summary>
    public static RuleSubject Of(Digest digest) => new(digest, null);

    /// <summary>What is under one key.</summary>
    public static RuleSubject Of(EntryKey key) => new(null, key);

    /// <summary>The digest or the key, as the audit log has it.</summary>
    public override string ToString() => Key?.Value ?? Digest.ToString()!;
}
