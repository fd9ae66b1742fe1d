using System.Collections.Frozen;
using System.Diagnostics.CodeAnalysis;
using System.Text.Json;

namespace Shacache.Core.Accounts;

/// <summary>One line of the audit log: who did what, when, from where. Holds no secret.</summary>
/// <param name="At">When, to the millisecond.</param>
/// <param name="Actor">Who: the name of an account, or <see cref="Operator"/>, or <see cref="Anonymous"/>.</param>
/// <param name="Action">What.</param>
/// <param name="Subject">To what: the name of an account, a digest, a key.</param>
/// <param name="From">The address it came from, <c>local</c> for the server's own machine.</param>
/// <param name="Detail">More for people, on one line: fingerprints, rights, lengths; empty when there is nothing to add.</param>
public sealed record AuditEntry(DateTimeOffset At, string Actor, AuditAction Action, string Subject, string From, string Detail = "")
{
    /// <summary>Who works on the server's own machine. Not a legal account name.</summary>
    public const string Operator = "(operator)";

    /// <summary>Who has no account. Not a legal account name.</summary>
    public const string Anonymous = "(anonymous)";

    /// <summary>The server itself, when its download gateway keeps what a client asked it for. Not a legal account name.</summary>
    public const string Gateway = "(gateway)";

    /// <summary>The server itself, when it cleans up. Not a legal account name.</summary>
    public const string Server = "(server)";
}

/// <summary>What was done. The numbers are stored and never change their meaning.</summary>
public enum AuditAction
{
    /// <summary>An account was asked for.</summary>
    Request = 1,

    /// <summary>A request was approved.</summary>
    Approve = 2,

    /// <summary>A request was rejected.</summary>
    Reject = 3,

    /// <summary>A certificate was renewed by its owner.</summary>
    Renew = 4,

    /// <summary>An account was revoked.</summary>
    Revoke = 5,

    /// <summary>One certificate was revoked.</summary>
    RevokeCertificate = 6,

    /// <summary>An account got other rights.</summary>
    SetRights = 7,

    /// <summary>A token was made.</summary>
    AddToken = 8,

    /// <summary>A token was revoked.</summary>
    RevokeToken = 9,

    /// <summary>Content was uploaded.</summary>
    Upload = 10,

    /// <summary>An entry was put under a key.</summary>
    Index = 11,

    /// <summary>A URL was forgotten.</summary>
    Forget = 12,

    /// <summary>Content or entries were removed.</summary>
    Remove = 13,

    /// <summary>Content or a key was blocked.</summary>
    Block = 14,

    /// <summary>A block was taken back.</summary>
    Unblock = 15,

    /// <summary>Content or a key was pinned.</summary>
    Pin = 16,

    /// <summary>A data folder was made from a backup.</summary>
    Restore = 17,

    /// <summary>A pin was taken back.</summary>
    Unpin = 18,

    /// <summary>Lines of this log were removed by their age.</summary>
    CleanUp = 19,
}

/// <summary>Actions of the audit log as documents and commands write them: <c>upload</c>, <c>set-rights</c> (docs/protocol.md, "Accounts").</summary>
public static class AuditWords
{
    private static readonly FrozenDictionary<string, AuditAction> Actions =
        Enum.GetValues<AuditAction>().ToFrozenDictionary(WordFor, StringComparer.Ordinal);

    /// <summary>Every word, in the order of the actions.</summary>
    public static IReadOnlyList<string> All { get; } = [.. Enum.GetValues<AuditAction>().Select(WordFor)];

    /// <summary>The word for an action.</summary>
    public static string WordFor(AuditAction action) => JsonNamingPolicy.KebabCaseLower.ConvertName(action.ToString());

    /// <summary>Reads a word.</summary>
    /// <param name="word">The word, in small letters.</param>
    /// <param name="action">What it means.</param>
    /// <param name="problem">One line that says what is wrong with it.</param>
    public static bool TryParse(string word, out AuditAction action, [NotNullWhen(false)] out string? problem)
    {
        problem = Actions.TryGetValue(word, out action) ? null : $"'{word}' is no action: the actions are {string.Join(", ", All)}.";
        return problem is null;
    }
}
