namespace Shacache.Http.Content;

/// <summary>What a Range header asks for.</summary>
internal enum ByteRangeKind
{
    /// <summary>Everything: 200.</summary>
    Whole,

    /// <summary>A part: 206.</summary>
    Part,

    /// <summary>Nothing that there is: 416.</summary>
    Unsatisfiable,
}
