namespace Shacache.Cli.Output;

/// <summary>Numbers of things, for people.</summary>
internal static class Counted
{
    /// <param name="count">How many there are.</param>
    /// <param name="one">What one of them is called.</param>
    /// <param name="many">What several are called, when that is more than an s.</param>
    public static string Of(long count, string one, string? many = null) => $"{count} {(count == 1 ? one : many ?? $"{one}s")}";
}
