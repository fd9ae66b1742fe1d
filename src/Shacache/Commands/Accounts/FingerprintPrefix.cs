using Shacache.Cli.Errors;

namespace Shacache.Cli.Commands.Accounts;

/// <summary>Beginnings of fingerprints as people type them.</summary>
internal static class FingerprintPrefix
{
    /// <summary>Fewer digits are met by chance.</summary>
    public const int MinDigits = 8;

    /// <summary>Whether a fingerprint begins so; in groups, with colons or not, in either case. Null fits every one.</summary>
    public static bool Fits(string? typed, string fingerprint) => typed is null || fingerprint.StartsWith(Digits(typed), StringComparison.Ordinal);

    /// <exception cref="CommandFailedException">That is no beginning of a fingerprint.</exception>
    public static void Check(string? typed, string option)
    {
        if (typed is null)
            return;
        string digits = Digits(typed);
        if (digits.Length is < MinDigits or > 64 || !digits.All(char.IsAsciiHexDigitLower))
            throw new CommandFailedException(ExitCode.Usage, $"{option}: a fingerprint is given by its first {MinDigits} to 64 hexadecimal digits, in groups or not.");
    }

    private static string Digits(string typed) => string.Concat(typed.Where(c => c is not (' ' or ':' or '-'))).ToLowerInvariant();
}
