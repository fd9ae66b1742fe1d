using System.Diagnostics.CodeAnalysis;
using System.Text.RegularExpressions;

namespace Shacache.Client.Filters;

/// <summary>One condition on the metadata of entries: <c>KEY OP VALUE</c>, such as <c>version&gt;=[4,2]</c> (docs/commands.md, "Filters").</summary>
public sealed partial class MetadataFilter
{
    private readonly object? _value;

    private MetadataFilter(string key, FilterOperator op, string valueText, object? value)
    {
        Key = key;
        Operator = op;
        ValueText = valueText;
        _value = value;
    }

    /// <summary>The member of the metadata that is compared.</summary>
    public string Key { get; }

    /// <summary>How it is compared.</summary>
    public FilterOperator Operator { get; }

    /// <summary>What it is compared with: JSON, or <c>Infinity</c>, <c>-Infinity</c>, <c>NaN</c>.</summary>
    public string ValueText { get; }

    /// <summary>Reads a condition: the first operator in the text divides key and value.</summary>
    /// <param name="text">Such as <c>version&gt;=[4,2]</c>.</param>
    /// <param name="filter">The condition.</param>
    /// <param name="problem">One line that says what is wrong with it.</param>
    public static bool TryParse(string text, [NotNullWhen(true)] out MetadataFilter? filter, [NotNullWhen(false)] out string? problem)
    {
        filter = null;
        Match match = Operators().Match(text);
        string key = text[..match.Index];
        if (!match.Success)
            problem = $"'{text}' is not a filter: it has none of the operators ==, <=, >=, <, >, <<, >>.";
        else if (key.Length == 0 || char.IsWhiteSpace(key[^1]))
            problem = $"'{text}' is not a filter: the name of a metadata member must be directly before {match.Value}.";
        else
            problem = null;
        if (problem is not null)
            return false;

        string valueText = text[(match.Index + match.Length)..];
        try
        {
            filter = new MetadataFilter(key, OperatorOf(match.Value), valueText, PythonJsonReader.Parse(valueText));
            return true;
        }
        catch (FormatException e)
        {
            problem = $"'{text}' is not a filter: its value is not JSON, {e.Message}. Text needs double quotes: {key}{match.Value}\"…\".";
            return false;
        }
    }

    /// <summary>Keeps what passes, in the order given.</summary>
    /// <param name="candidates">Things and their metadata.</param>
    /// <param name="warn">Called with one line for each value that cannot be compared; its entry does not pass.</param>
    internal List<Candidate<T>> Apply<T>(IReadOnlyList<Candidate<T>> candidates, Action<string> warn)
    {
        List<Candidate<T>> passing = [];
        object? bound = _value;
        foreach (Candidate<T> candidate in candidates)
        {
            if (!candidate.Metadata.TryGetValue(Key, out object? value))
                continue;
            bool passes = Passes(value, bound, warn);
            if (Operator is FilterOperator.Lowest or FilterOperator.Highest)
            {
                // A better value replaces the previous ones and becomes the new bound.
                if (passes)
                {
                    passing.Clear();
                    bound = value;
                }
                else
                {
                    passes = passing.Count > 0 && PythonComparison.AreEqual(value, bound);
                }
            }

            if (passes)
                passing.Add(candidate);
        }

        return passing;
    }

    private bool Passes(object? value, object? bound, Action<string> warn)
    {
        if (Operator == FilterOperator.Equal)
            return PythonComparison.AreEqual(value, bound);
        if (value is string or IReadOnlyList<object?> && IsUnbounded(bound))
            return true;
        if (!PythonComparison.TryCompare(value, bound, out int? order))
        {
            warn($"An entry is skipped: its {Key} does not compare with {ValueText}.");
            return false;
        }

        return Operator switch
        {
            FilterOperator.Less or FilterOperator.Lowest => order < 0,
            FilterOperator.LessOrEqual => order <= 0,
            FilterOperator.Greater or FilterOperator.Highest => order > 0,
            _ => order >= 0,
        };
    }

    /// <summary>
    /// Whether the best of all values is asked for: <c>&lt;&lt;Infinity</c>, <c>&gt;&gt;-Infinity</c>. Python has no order between an infinity
    /// and a text or list, so that the lowest version could not be asked for in its way.
    /// </summary>
    private bool IsUnbounded(object? bound) => Operator switch
    {
        FilterOperator.Lowest => bound is double.PositiveInfinity,
        FilterOperator.Highest => bound is double.NegativeInfinity,
        _ => false,
    };

    private static FilterOperator OperatorOf(string text) => text switch
    {
        "==" => FilterOperator.Equal,
        "<" => FilterOperator.Less,
        "<=" => FilterOperator.LessOrEqual,
        ">" => FilterOperator.Greater,
        ">=" => FilterOperator.GreaterOrEqual,
        "<<" => FilterOperator.Lowest,
        _ => FilterOperator.Highest,
    };

    [GeneratedRegex("<<|>>|[<>]=?|==", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Operators();
}

/// <summary>How a filter compares an entry's value with its own.</summary>
public enum FilterOperator
{
    /// <summary><c>==</c></summary>
    Equal,

    /// <summary><c>&lt;</c></summary>
    Less,

    /// <summary><c>&lt;=</c></summary>
    LessOrEqual,

    /// <summary><c>&gt;</c></summary>
    Greater,

    /// <summary><c>&gt;=</c></summary>
    GreaterOrEqual,

    /// <summary><c>&lt;&lt;</c>: of the values that are less, the lowest.</summary>
    Lowest,

    /// <summary><c>&gt;&gt;</c>: of the values that are greater, the highest.</summary>
    Highest,
}

/// <summary>Something that is filtered, with its metadata in the types of <see cref="PythonJsonReader"/>.</summary>
internal readonly record struct Candidate<T>(T Item, IReadOnlyDictionary<string, object?> Metadata);
