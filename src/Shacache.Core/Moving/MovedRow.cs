namespace Shacache.Core.Moving;

/// <summary>A row of a table.</summary>
/// <param name="values">A value for each column: <see cref="long"/>, <see cref="string"/>, an array of <see cref="byte"/>, or null.</param>
public sealed class MovedRow(object?[] values) : IEquatable<MovedRow>
{
    /// <summary>Its values, in the order of the columns.</summary>
    public IReadOnlyList<object?> Values => values;

    /// <summary>About how long it is, in bytes.</summary>
    public int Length => values.Sum(static value => value switch
    {
        string text => text.Length,
        byte[] bytes => bytes.Length,
        _ => sizeof(long),
    });

    /// <summary>Compares the keys of two rows of one table.</summary>
    public int CompareKeyTo(MovedRow other, int keyCount)
    {
        ArgumentNullException.ThrowIfNull(other);
        for (int column = 0; column < keyCount; column++)
        {
            int order = (values[column], other.Values[column]) switch
            {
                (long one, long two) => one.CompareTo(two),

                // Keys that are texts are names of accounts, which are ASCII.
                (string one, string two) => string.CompareOrdinal(one, two),
                (byte[] one, byte[] two) => one.AsSpan().SequenceCompareTo(two),
                _ => throw new InvalidOperationException("Two rows of one table have different kinds of keys."),
            };
            if (order != 0)
                return order;
        }

        return 0;
    }

    /// <summary>Whether all values are the same.</summary>
    public bool Equals(MovedRow? other)
    {
        if (other is null || other.Values.Count != values.Length)
            return false;
        for (int column = 0; column < values.Length; column++)
        {
            if (!AreEqual(values[column], other.Values[column]))
                return false;
        }

        return true;
    }

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as MovedRow);

    /// <inheritdoc/>
    public override int GetHashCode() => values.Length == 0 ? 0 : values[0]?.GetHashCode() ?? 0;

    private static bool AreEqual(object? one, object? two) => one is byte[] bytes && two is byte[] others ? bytes.AsSpan().SequenceEqual(others) : Equals(one, two);
}
