using System.Buffers;
using System.Globalization;
using System.Text;

namespace Shacache.Http.Gateway.Origins;

/// <summary>One spelling for all that name the same file of an origin, for the key that the file is kept under. The origin is asked in the client's own.</summary>
/// <remarks>
/// RFC 3986, 6.2.2: hexadecimal digits in upper case, no escapes of unreserved characters. In a path, moreover, no escapes of characters
/// that may stand there for themselves: clients disagree about those (<c>+</c> of a version is <c>%2B</c> to pip and <c>%2b</c> to apt). In a query they
/// differ, <c>+</c> is a space there. What must not stand in a URL unescaped is escaped. Dots and repeated slashes stay: an origin need not resolve them,
/// so that a client could have one file kept under the name of another.
/// </remarks>
internal static class UrlSpelling
{
    private const string UnreservedCharacters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
    private const string SegmentCharacters = UnreservedCharacters + "!$&'()*+,;=:@";

    private static readonly SearchValues<char> Unreserved = SearchValues.Create(UnreservedCharacters);
    private static readonly SearchValues<char> Segment = SearchValues.Create(SegmentCharacters);
    private static readonly SearchValues<char> Legal = SearchValues.Create(SegmentCharacters + "/?%");

    /// <summary>Brings a path and query, or the beginning of them, into that spelling.</summary>
    public static string Unify(ReadOnlySpan<char> pathAndQuery)
    {
        var text = new StringBuilder(pathAndQuery.Length);
        SearchValues<char> plain = Segment;
        for (int i = 0; i < pathAndQuery.Length; i++)
        {
            char c = pathAndQuery[i];
            if (c == '%' && i + 2 < pathAndQuery.Length && byte.TryParse(pathAndQuery.Slice(i + 1, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out byte escaped))
            {
                i += 2;
                if (plain.Contains((char)escaped))
                    text.Append((char)escaped);
                else
                    text.Append(CultureInfo.InvariantCulture, $"%{escaped:X2}");
                continue;
            }

            if (c == '?')
                plain = Unreserved;
            if (c > '~' || Legal.Contains(c))
                text.Append(c);
            else
                text.Append(CultureInfo.InvariantCulture, $"%{(int)c:X2}");
        }

        return text.ToString();
    }

    /// <summary>The same for a whole URL, or the beginning of one, whose scheme and host are in their only spelling.</summary>
    public static string UnifyUrl(string url)
    {
        int scheme = url.IndexOf("://", StringComparison.Ordinal);
        int path = scheme < 0 ? -1 : url.AsSpan(scheme + 3).IndexOfAny('/', '?');
        return path < 0 ? url : string.Concat(url.AsSpan(0, scheme + 3 + path), Unify(url.AsSpan(scheme + 3 + path)));
    }
}
