using System.Buffers;
using System.Security.Cryptography;
using System.Text;

namespace Shacache.Core.Entries;

/// <summary>The MD5 of a URL, by which most keys name what they are for (docs/protocol.md, "Metadata"). An identifier that deployed clients compute, and no security measure.</summary>
public static class UrlMd5
{
    /// <summary>What comes before the MD5 in the key of a file.</summary>
    public const string FilePrefix = "file-urlmd5:";

    /// <summary>The same in older buildouts.</summary>
    public const string BuildoutPrefix = "slapos-buildout-";

    /// <summary>The same in older buildouts, for URLs that contain "pypi".</summary>
    public const string PypiBuildoutPrefix = "pypi-buildout-";

    /// <summary>What comes before the MD5 in the key of a clone.</summary>
    public const string GitPrefix = "git-buildout-";

    /// <summary>What comes before the MD5 in the key of an index page; after it come a hyphen and the requirement.</summary>
    public const string IndexPrefix = "pypi-index-";

    private const int HexLength = 32;
    private static readonly SearchValues<char> LowerHex = SearchValues.Create("0123456789abcdef");
    private static readonly string[] Prefixes = [FilePrefix, BuildoutPrefix, PypiBuildoutPrefix, GitPrefix];

    /// <summary>MD5 of the UTF-8 of a URL: 32 lower-case hexadecimal digits.</summary>
#pragma warning disable CA5351 // An identifier that deployed clients compute; the content is named by SHA-512.
    public static string Of(string url) => Convert.ToHexStringLower(MD5.HashData(Encoding.UTF8.GetBytes(url)));
#pragma warning restore CA5351

    /// <summary>Whether a text has the form of an MD5, in either case.</summary>
    public static bool IsMd5(string text) => text.Length == HexLength && text.All(char.IsAsciiHexDigit);

    /// <summary>The MD5 of a URL that is in a key; null for keys that hold none.</summary>
    public static string? Find(EntryKey key) => FindDigits(key) is { IsEmpty: false } digits ? digits.ToString() : null;

    /// <summary>Whether a key holds the MD5 of a URL.</summary>
    public static bool IsIn(EntryKey key) => !FindDigits(key).IsEmpty;

    private static ReadOnlySpan<char> FindDigits(EntryKey key)
    {
        ReadOnlySpan<char> value = key.Value;
        if (value.StartsWith(IndexPrefix, StringComparison.Ordinal))
            value = value[IndexPrefix.Length..Math.Min(value.Length, IndexPrefix.Length + HexLength)];
        foreach (string prefix in Prefixes)
        {
            if (!value.StartsWith(prefix, StringComparison.Ordinal))
                continue;
            value = value[prefix.Length..];
            break;
        }

        return value.Length == HexLength && !value.ContainsAnyExcept(LowerHex) ? value : default;
    }
}
