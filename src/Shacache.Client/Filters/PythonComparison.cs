using System.Numerics;

namespace Shacache.Client.Filters;

/// <summary>Compares JSON values as Python compares what its <c>json.loads</c> yields (docs/commands.md, "Filters").</summary>
/// <remarks>
/// Numbers compare with numbers (a bool is one), exactly, whatever their sizes; texts by code point; lists member by member. Values of
/// different kinds are never equal and have no order; null and objects have no order at all.
/// </remarks>
internal static class PythonComparison
{
    public static bool AreEqual(object? left, object? right) => (left, right) switch
    {
        (null, null) => true,
        (string a, string b) => string.Equals(a, b, StringComparison.Ordinal),
        (IReadOnlyList<object?> a, IReadOnlyList<object?> b) => a.Count == b.Count && FirstDifference(a, b) == a.Count,
        (IReadOnlyDictionary<string, object?> a, IReadOnlyDictionary<string, object?> b) =>
            a.Count == b.Count && a.All(member => b.TryGetValue(member.Key, out object? other) && AreSame(member.Value, other)),
        _ => IsNumber(left) && IsNumber(right) && CompareNumbers(left, right) == 0,
    };

    /// <summary>The order of two values.</summary>
    /// <param name="left">The value on the left.</param>
    /// <param name="right">The value on the right.</param>
    /// <param name="order">Negative, 0, positive; null when neither is lower nor equal, which only NaN brings about.</param>
    /// <returns>False when the values have no order: Python would raise a TypeError.</returns>
    public static bool TryCompare(object? left, object? right, out int? order)
    {
        order = null;
        switch (left, right)
        {
            case (string a, string b):
                order = CompareCodePoints(a, b);
                return true;
            case (IReadOnlyList<object?> a, IReadOnlyList<object?> b):
                int i = FirstDifference(a, b);
                if (i < a.Count && i < b.Count)
                    return TryCompare(a[i], b[i], out order);
                order = a.Count.CompareTo(b.Count);
                return true;
            default:
                if (!IsNumber(left) || !IsNumber(right))
                    return false;
                order = CompareNumbers(left, right);
                return true;
        }
    }

    /// <summary>Within lists and objects identity precedes equality, and Python's NaN is one object.</summary>
    private static bool AreSame(object? left, object? right) => (left, right) is (double.NaN, double.NaN) || AreEqual(left, right);

    private static int FirstDifference(IReadOnlyList<object?> left, IReadOnlyList<object?> right)
    {
        int i = 0;
        while (i < left.Count && i < right.Count && AreSame(left[i], right[i]))
            i++;
        return i;
    }

    private static bool IsNumber(object? value) => value is bool or BigInteger or double;

    private static int? CompareNumbers(object? left, object? right) => (left, right) switch
    {
        (double.NaN, _) or (_, double.NaN) => null,
        (double a, double b) => a.CompareTo(b),
        (double a, _) => -CompareExactly(ToInteger(right), a),
        (_, double b) => CompareExactly(ToInteger(left), b),
        _ => ToInteger(left).CompareTo(ToInteger(right)),
    };

    private static BigInteger ToInteger(object? value) => value is bool flag ? (flag ? 1 : 0) : (BigInteger)value!;

    /// <summary>Not by conversion: 2**53 + 1 is not 2.0**53.</summary>
    private static int CompareExactly(BigInteger integer, double number)
    {
        if (double.IsInfinity(number))
            return number > 0 ? -1 : 1;
        double floor = Math.Floor(number);
        int order = integer.CompareTo(new BigInteger(floor));
        return order == 0 && number > floor ? -1 : order;
    }

    /// <summary>Not by UTF-16 unit: U+FFFD comes before U+1F600, though its unit is higher than a surrogate's.</summary>
    private static int CompareCodePoints(string left, string right)
    {
        int i = 0;
        int j = 0;
        while (i < left.Length && j < right.Length)
        {
            int order = NextCodePoint(left, ref i).CompareTo(NextCodePoint(right, ref j));
            if (order != 0)
                return order;
        }

        return (left.Length - i).CompareTo(right.Length - j);
    }

    private static int NextCodePoint(string text, ref int index)
    {
        char unit = text[index++];
        return char.IsHighSurrogate(unit) && index < text.Length && char.IsLowSurrogate(text[index])
            ? char.ConvertToUtf32(unit, text[index++])
            : unit;
    }
}
