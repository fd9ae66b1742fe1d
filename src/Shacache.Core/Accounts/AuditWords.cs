using System.Collections.Frozen;
using System.Diagnostics.CodeAnalysis;
using System.Text.Json;

namespace Shacache.Core.Accounts;

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
