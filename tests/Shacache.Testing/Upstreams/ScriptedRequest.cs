namespace Shacache.Testing.Upstreams;

/// <summary>A request as a scripted upstream got it.</summary>
/// <param name="Number">1 for the first one.</param>
/// <param name="Method">Such as GET.</param>
/// <param name="Target">The raw target.</param>
/// <param name="Headers">By name, any case.</param>
public sealed record ScriptedRequest(int Number, string Method, string Target, IReadOnlyDictionary<string, string> Headers)
{
    /// <summary>The first byte that a range asks for; null without a range.</summary>
    public long? RangeStart =>
        Headers.TryGetValue("Range", out string? range) && range.StartsWith("bytes=", StringComparison.Ordinal)
            ? long.Parse(range["bytes=".Length..range.IndexOf('-', StringComparison.Ordinal)])
            : null;

    public static ScriptedRequest Parse(int number, string head)
    {
        string[] lines = head.Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        string[] first = lines[0].Split(' ');
        Dictionary<string, string> headers = new(StringComparer.OrdinalIgnoreCase);
        foreach (string line in lines.Skip(1))
        {
            int colon = line.IndexOf(':', StringComparison.Ordinal);
            headers[line[..colon]] = line[(colon + 1)..].Trim();
        }

        return new ScriptedRequest(number, first[0], first[1], headers);
    }
}
