using Microsoft.Extensions.Primitives;
using Shacache.Core.Blobs;

namespace Shacache.Http.Content;

/// <summary>Compares the tags of conditional requests with the one that an object has: its digest in quotes (RFC 9110, section 13).</summary>
internal static class EntityTag
{
    /// <summary>The tag of an object.</summary>
    public static string Format(Digest digest) => string.Create(Digest.HexLength + 2, digest, static (text, digest) =>
    {
        Span<byte> hex = stackalloc byte[Digest.HexLength];
        digest.FormatTo(hex);
        text[0] = '"';
        for (int i = 0; i < hex.Length; i++)
            text[i + 1] = (char)hex[i];
        text[^1] = '"';
    });

    /// <summary>Whether a list of tags, or <c>*</c>, names the object.</summary>
    /// <param name="header">Values of If-None-Match or If-Match.</param>
    /// <param name="digest">The object.</param>
    /// <param name="weak">Whether weak tags count: they do for If-None-Match, not for If-Match.</param>
    public static bool Matches(StringValues header, Digest digest, bool weak)
    {
        foreach (string? line in header)
        {
            for (ReadOnlySpan<char> rest = line; TryTake(ref rest, out ReadOnlySpan<char> tag);)
            {
                if (tag is "*" || IsTagOf(tag, digest, weak))
                    return true;
            }
        }

        return false;
    }

    /// <summary>Whether one tag is the object's.</summary>
    public static bool IsTagOf(ReadOnlySpan<char> tag, Digest digest, bool weak)
    {
        if (weak && tag.StartsWith("W/", StringComparison.Ordinal))
            tag = tag[2..];
        return tag.Length == Digest.HexLength + 2 && tag[0] == '"' && tag[^1] == '"' &&
            Digest.TryParse(tag[1..^1], out Digest named) && named == digest;
    }

    private static bool TryTake(ref ReadOnlySpan<char> rest, out ReadOnlySpan<char> tag)
    {
        rest = rest.TrimStart(", \t");
        int quote = rest.IndexOf('"');
        int comma = rest.IndexOf(',');
        int end = comma < 0 ? rest.Length : comma;
        if (quote >= 0 && quote < end && rest[(quote + 1)..].IndexOf('"') is var closing and >= 0)
            end = quote + 1 + closing + 1;
        tag = rest[..end].TrimEnd(" \t");
        rest = rest[end..];
        return !tag.IsEmpty;
    }
}
