namespace Shacache.Client.Filters;

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
