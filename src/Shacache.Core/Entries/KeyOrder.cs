namespace Shacache.Core.Entries;

/// <summary>The order in which keys are listed: that of their bytes in UTF-8, whatever the language of whoever looks.</summary>
public sealed class KeyOrder : IComparer<EntryKey?>
{
    private KeyOrder()
    {
    }

    /// <summary>The one there is.</summary>
    public static KeyOrder Instance { get; } = new();

    /// <inheritdoc/>
    public int Compare(EntryKey? x, EntryKey? y) => x is null || y is null ? (x is null ? 0 : 1) - (y is null ? 0 : 1) : Compare(x.Value, y.Value);

    /// <summary>Compares two well-formed texts, such as the beginning of a key.</summary>
    public static int Compare(string first, string second)
    {
        int same = first.AsSpan().CommonPrefixLength(second);
        if (same == first.Length || same == second.Length)
            return first.Length - second.Length;

        // Half of a character beyond U+FFFF: as a number it is below some of those that it comes behind.
        bool isBeyond = char.IsSurrogate(first[same]);
        return isBeyond == char.IsSurrogate(second[same]) ? first[same] - second[same] : isBeyond ? 1 : -1;
    }
}
