using System.Buffers;
using System.Diagnostics.CodeAnalysis;

namespace Shacache.Core.Accounts;

/// <summary>Name of an account: 1 to 64 lower-case letters, digits, dots, underscores and hyphens, the first a letter or digit.</summary>
/// <remarks>
/// Case is ignored: capital letters become small ones, so that no two accounts look alike. 64 is what a certificate's common name
/// holds (X.520).
/// </remarks>
public sealed record AccountName
{
    /// <summary>The longest name, in characters.</summary>
    public const int MaxLength = 64;

    private static readonly SearchValues<char> Legal = SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789._-");

    private AccountName(string value) => Value = value;

    /// <summary>The name, in small letters.</summary>
    public string Value { get; }

    /// <summary>Checks a name.</summary>
    /// <param name="value">The name; capital letters are taken as small ones.</param>
    /// <param name="name">The name.</param>
    /// <param name="problem">One line that says what is wrong with it.</param>
    public static bool TryCreate(string value, [NotNullWhen(true)] out AccountName? name, [NotNullWhen(false)] out string? problem)
    {
        name = null;
        problem = null;
        // ASCII only: other alphabets have capital letters (the Kelvin sign) whose small ones are ours.
        string lower = string.Concat(value.Select(c => char.IsAsciiLetterUpper(c) ? char.ToLowerInvariant(c) : c));
        if (lower.Length is 0 or > MaxLength)
            problem = $"An account name has 1 to {MaxLength} characters, not {lower.Length}.";
        else if (lower.AsSpan().ContainsAnyExcept(Legal))
            problem = "An account name consists of letters a to z, digits, '.', '_' and '-'.";
        else if (!char.IsAsciiLetterOrDigit(lower[0]))
            problem = "An account name starts with a letter or digit.";
        else
            name = new AccountName(lower);
        return name is not null;
    }

    /// <summary>Checks a name.</summary>
    /// <exception cref="FormatException">It is not a legal name; the message says why.</exception>
    public static AccountName Create(string value) =>
        TryCreate(value, out AccountName? name, out string? problem) ? name : throw new FormatException(problem);

    /// <summary>The name itself.</summary>
    public override string ToString() => Value;
}
