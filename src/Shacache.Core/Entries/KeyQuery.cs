namespace Shacache.Core.Entries;

/// <summary>Which keys are wanted, and how many of them at once.</summary>
public sealed record KeyQuery
{
    /// <summary>The most keys of a page.</summary>
    public const int MaxLimit = 1000;

    /// <summary>Only keys that begin so; empty for all. Well-formed Unicode, and not always a key itself.</summary>
    public string Prefix { get; init; } = "";

    /// <summary>Only keys under which something was added then or later; null for any time.</summary>
    public DateTimeOffset? Since { get; init; }

    /// <summary>Only keys behind this one (<see cref="KeyOrder"/>); null to begin with the first.</summary>
    public EntryKey? After { get; init; }

    /// <summary>The most keys of the page, 1 to <see cref="MaxLimit"/>.</summary>
    public int Limit { get; init; } = MaxLimit;
}
