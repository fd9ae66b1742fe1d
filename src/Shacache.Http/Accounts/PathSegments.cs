namespace Shacache.Http.Accounts;

/// <summary>Takes the path of a route apart. No segment of them needs an escape; one that has it is decoded, once.</summary>
internal static class PathSegments
{
    public static string[] Split(ReadOnlySpan<char> path) =>
        path.IsEmpty ? [] : [.. path.ToString().Split('/').Select(Uri.UnescapeDataString)];
}
