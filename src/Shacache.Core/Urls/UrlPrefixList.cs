using System.Collections;
using System.Diagnostics.CodeAnalysis;

namespace Shacache.Core.Urls;

/// <summary>A list of URL prefixes, as the black lists and force lists of the configuration are (docs/protocol.md, "Binary cache").</summary>
/// <remarks>
/// A prefix is compared character for character: case, escapes and a missing slash at its end count, as they do for the
/// clients that share these lists. <c>https://example.org/a</c> therefore matches <c>https://example.org/ab</c> too.
/// </remarks>
public sealed class UrlPrefixList : IReadOnlyList<string>
{
    private readonly string[] _prefixes;

    /// <summary>Takes prefixes in their order; blank ones, which would match every URL, are left out.</summary>
    public UrlPrefixList(IEnumerable<string> prefixes) =>
        _prefixes = [.. prefixes.Select(prefix => prefix.Trim()).Where(prefix => prefix.Length > 0).Distinct(StringComparer.Ordinal)];

    /// <summary>A list that matches nothing.</summary>
    public static UrlPrefixList Empty { get; } = new([]);

    /// <inheritdoc/>
    public int Count => _prefixes.Length;

    /// <inheritdoc/>
    public string this[int index] => _prefixes[index];

    /// <summary>Reads the value of a configuration option: prefixes between white space, usually one a line.</summary>
    /// <param name="value">The value; null when the option is absent.</param>
    public static UrlPrefixList Parse(string? value) =>
        string.IsNullOrWhiteSpace(value) ? Empty : new(value.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));

    /// <summary>Whether some prefix matches, and the first that does.</summary>
    public bool TryMatch(string url, [NotNullWhen(true)] out string? prefix)
    {
        prefix = Array.Find(_prefixes, candidate => url.StartsWith(candidate, StringComparison.Ordinal));
        return prefix is not null;
    }

    /// <inheritdoc/>
    public IEnumerator<string> GetEnumerator() => _prefixes.AsEnumerable().GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
