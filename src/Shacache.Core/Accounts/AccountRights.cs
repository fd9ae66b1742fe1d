using System.Diagnostics.CodeAnalysis;
using Shacache.Core.Entries;

namespace Shacache.Core.Accounts;

/// <summary>What an account may do besides reading, which needs no account. Immutable; equal when all rights are.</summary>
public sealed record AccountRights
{
    /// <summary>The most prefixes that one account has.</summary>
    public const int MaxPrefixes = 64;

    /// <summary>No right at all.</summary>
    public static AccountRights None { get; } = new();

    /// <summary>What an uploader has unless told otherwise: upload any content, index any key, not administer, no quota.</summary>
    public static AccountRights Uploader { get; } = new() { MayUpload = true, IndexPrefixes = [""] };

    /// <summary>Whether it may upload content.</summary>
    public bool MayUpload { get; init; }

    /// <summary>It may put entries under keys that start with one of these; the empty text fits every key, an empty list none.</summary>
    /// <exception cref="ArgumentException">There are more than <see cref="MaxPrefixes"/>, or one is longer than a key or holds a control character.</exception>
    public IReadOnlyList<string> IndexPrefixes
    {
        get;
        init => field = FindProblem(value) is { } problem ? throw new ArgumentException(problem, nameof(value)) : [.. value];
    } = [];

    /// <summary>Whether it may approve, reject, revoke, change rights, make tokens for others and read the audit log.</summary>
    public bool MayAdminister { get; init; }

    /// <summary>Bytes of content that it may upload per UTC day; null for any number.</summary>
    public long? MaxBytesPerDay { get; init; }

    /// <summary>Whether it may put entries under a key. Compared character for character.</summary>
    public bool MayIndex(EntryKey key)
    {
        foreach (string prefix in IndexPrefixes)
        {
            if (key.Value.StartsWith(prefix, StringComparison.Ordinal))
                return true;
        }

        return false;
    }

    /// <summary>Reads rights as people write them: words with commas between, <c>upload</c>, <c>index</c> (any key), <c>index:PREFIX</c>, <c>administer</c>; or <c>none</c>.</summary>
    /// <remarks>The quota is not part of the text, and a prefix in it has no comma. The inverse of <see cref="ToString"/> for such rights.</remarks>
    /// <param name="text">The words; white space around them is ignored.</param>
    /// <param name="rights">The rights, without quota.</param>
    /// <param name="problem">One line that says what is wrong with the text.</param>
    public static bool TryParse(string text, [NotNullWhen(true)] out AccountRights? rights, [NotNullWhen(false)] out string? problem)
    {
        rights = null;
        problem = null;
        AccountRights found = None;
        List<string> prefixes = [];
        foreach (string word in text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            if (word == "upload")
                found = found with { MayUpload = true };
            else if (word == "administer")
                found = found with { MayAdminister = true };
            else if (word == "index")
                prefixes.Add("");
            else if (word.StartsWith("index:", StringComparison.Ordinal) && word.Length > "index:".Length)
                prefixes.Add(word["index:".Length..]);
            else if (word != "none")
                problem = $"'{word}' is not a right: the rights are upload, index, index:PREFIX and administer, or none.";
        }

        problem ??= FindProblem(prefixes);
        if (string.IsNullOrWhiteSpace(text))
            problem = "The rights are empty: name some of upload, index, index:PREFIX and administer, or none.";
        if (problem is null)
            rights = found with { IndexPrefixes = prefixes };
        return problem is null;
    }

    /// <summary>The words of <see cref="TryParse"/>.</summary>
    public override string ToString()
    {
        List<string> words = [];
        if (MayUpload)
            words.Add("upload");
        words.AddRange(IndexPrefixes.Select(prefix => prefix.Length == 0 ? "index" : $"index:{prefix}"));
        if (MayAdminister)
            words.Add("administer");
        return words.Count == 0 ? "none" : string.Join(',', words);
    }

    /// <inheritdoc/>
    public bool Equals(AccountRights? other) =>
        other is not null && MayUpload == other.MayUpload && MayAdminister == other.MayAdminister &&
        MaxBytesPerDay == other.MaxBytesPerDay && IndexPrefixes.SequenceEqual(other.IndexPrefixes, StringComparer.Ordinal);

    /// <summary>What is wrong with prefixes, on one line; null when nothing is.</summary>
    public static string? FindProblem(IReadOnlyCollection<string> prefixes)
    {
        if (prefixes.Count > MaxPrefixes)
            return $"An account has at most {MaxPrefixes} prefixes, not {prefixes.Count}.";
        if (prefixes.Any(prefix => prefix.Length > EntryKey.MaxBytes))
            return $"A prefix is longer than {EntryKey.MaxBytes} characters, and so than any key.";
        return prefixes.Any(prefix => prefix.Any(char.IsControl)) ? "A prefix holds a control character; no key does." : null;
    }

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(MayUpload, MayAdminister, MaxBytesPerDay, IndexPrefixes.Count);
}
