using System.Globalization;
using System.Text;

namespace Shacache.Conformance.Wire;

/// <summary>An answer as it came over the wire.</summary>
internal sealed record WireResponse(string StatusLine, IReadOnlyList<KeyValuePair<string, string>> Headers, byte[] Body)
{
    public int Status { get; } = int.Parse(StatusLine.Split(' ')[1], CultureInfo.InvariantCulture);

    /// <summary>The body as text; bytes that are no UTF-8 fail.</summary>
    public string Text => new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(Body);

    /// <summary>The header's only value; null when it is absent. Twice is a failure.</summary>
    public string? Header(string name) =>
        Headers.SingleOrDefault(h => string.Equals(h.Key, name, StringComparison.OrdinalIgnoreCase)).Value;

    public bool HasConnectionClose => string.Equals(Header("Connection"), "close", StringComparison.OrdinalIgnoreCase);

    public override string ToString() =>
        $"{StatusLine} {string.Join(' ', Headers.Select(h => $"[{h.Key}: {h.Value}]"))} " +
        $"{Body.Length} bytes: {Encoding.UTF8.GetString(Body.AsSpan(0, Math.Min(Body.Length, 300)))}";
}
