namespace Shacache.Core.Moving;

/// <summary>A table that is moved from one database into another one, row by row, as every kind of database has it.</summary>
/// <param name="Name">Its name, the same in every database.</param>
/// <param name="Called">What its rows are called, for people.</param>
/// <param name="KeyCount">So many of its columns, from the first on, are its key. Rows are walked over in its order.</param>
/// <param name="Columns">Its columns.</param>
public sealed record MovedTable(string Name, string Called, int KeyCount, IReadOnlyList<MovedColumn> Columns)
{
    /// <summary>Whether a change of it matters; false for what readers cause without changing anything, such as times of use.</summary>
    public bool IsCounted { get; init; } = true;

    /// <summary>Columns of which no two rows have the same values, beside the key: the first of each pair is not null.</summary>
    public IReadOnlyList<string[]> Unique { get; init; } = [];
}

/// <summary>A column of a table.</summary>
/// <param name="Name">Its name, the same in every database.</param>
/// <param name="Kind">What it holds.</param>
public readonly record struct MovedColumn(string Name, MovedKind Kind);

/// <summary>What a column holds, whatever its database makes of it. Every value but one of the key may be null.</summary>
public enum MovedKind
{
    /// <summary>A whole number.</summary>
    Number,

    /// <summary>A switch: 0 or 1.</summary>
    Flag,

    /// <summary>A text.</summary>
    Text,

    /// <summary>A text that is mostly base64.</summary>
    Signature,

    /// <summary>A text that is mostly a digest.</summary>
    Subject,

    /// <summary>Bytes.</summary>
    Bytes,
}
