using System.Buffers;
using System.Net;
using System.Runtime.CompilerServices;
using System.Text;

namespace Shacache.Http.Remotes.Pypi;

/// <summary>Reads the links of a web page: <c>&lt;a&gt;</c> elements with their attributes, in bounded memory.</summary>
/// <remarks>
/// An index in HTML is a list of links, and tools read nothing else of it (PEP 503). So this is no parser of HTML: comments, and what stands between links, are passed over.
/// </remarks>
internal static class HtmlLinks
{
    private const int ReadChars = 16 * 1024;

    /// <summary>The longest element; a page with a longer one is not read on.</summary>
    private const int MaxElementChars = 1 << 20;

    private static readonly SearchValues<char> ValueEnds = SearchValues.Create(" \t\r\n\f>");

    /// <summary>Reads a page to its end.</summary>
    /// <exception cref="InvalidDataException">An element is too long.</exception>
    public static async IAsyncEnumerable<HtmlLink> ReadAsync(Stream source, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var reader = new StreamReader(source, Encoding.UTF8, detectEncodingFromByteOrderMarks: true, leaveOpen: true);
        var page = new StringBuilder();
        char[] buffer = new char[ReadChars];
        string text = "";
        int at = 0;
        bool isFinal = false;
        while (true)
        {
            (at, HtmlLink? link) = Next(text, at, isFinal);
            if (link is not null)
            {
                yield return link;
                continue;
            }

            if (isFinal)
                yield break;
            if (text.Length - at > MaxElementChars)
                throw new InvalidDataException($"an element is longer than {MaxElementChars} characters");
            int count = await reader.ReadAsync(buffer, cancellationToken);
            isFinal = count == 0;
            text = page.Clear().Append(text, at, text.Length - at).Append(buffer, 0, count).ToString();
            at = 0;
        }
    }

    /// <summary>Finds the next link.</summary>
    /// <returns>Up to where all is done with, and the link when it is whole.</returns>
    private static (int End, HtmlLink? Link) Next(string text, int at, bool isFinal)
    {
        while (true)
        {
            int open = text.IndexOf('<', at);
            if (open < 0)
                return (text.Length, null);
            ReadOnlySpan<char> rest = text.AsSpan(open);
            if (rest.StartsWith("<!--", StringComparison.Ordinal))
            {
                int close = text.IndexOf("-->", open, StringComparison.Ordinal);
                if (close < 0)
                    return (isFinal ? text.Length : open, null);
                at = close + 3;
                continue;
            }

            // As many as tell a link from all else must have come.
            if (rest.Length < 4 && !isFinal)
                return (open, null);
            if (rest.Length > 2 && rest[1] is 'a' or 'A' && char.IsWhiteSpace(rest[2]))
            {
                (int end, HtmlLink? link) = Read(text, open);
                return link is null ? (isFinal ? text.Length : open, null) : (end, link);
            }

            at = open + 1;
        }
    }

    /// <returns>Its end; no link when that has not come.</returns>
    private static (int End, HtmlLink? Link) Read(string text, int open)
    {
        List<KeyValuePair<string, string?>> attributes = [];
        int at = open + 2;
        while (true)
        {
            while (at < text.Length && (char.IsWhiteSpace(text[at]) || text[at] == '/'))
                at++;
            if (at >= text.Length)
                return (0, null);
            if (text[at] == '>')
                break;
            if (!TryReadAttribute(text, ref at, out KeyValuePair<string, string?> attribute))
                return (0, null);
            attributes.Add(attribute);
        }

        // The next link ends one that was not closed.
        int close = FindEnd(text, at + 1);
        return close < 0 ? (0, null) : (close, new HtmlLink(attributes, WebUtility.HtmlDecode(WithoutTags(text[(at + 1)..close])).Trim()));
    }

    private static int FindEnd(string text, int at)
    {
        for (int open; (open = text.IndexOf('<', at)) >= 0; at = open + 1)
        {
            ReadOnlySpan<char> rest = text.AsSpan(open + 1);
            if (rest is ['/', 'a' or 'A', ..] || (rest is ['a' or 'A', var next, ..] && char.IsWhiteSpace(next)))
                return open;
        }

        return -1;
    }

    private static bool TryReadAttribute(string text, ref int at, out KeyValuePair<string, string?> attribute)
    {
        attribute = default;
        int start = at;
        while (at < text.Length && text[at] is not ('=' or '>' or '/') && !char.IsWhiteSpace(text[at]))
            at++;

        // A name that begins with an equals sign is malformed: it is passed over.
        if (at == start)
            at++;
        string name = text[start..at].ToLowerInvariant();
        while (at < text.Length && char.IsWhiteSpace(text[at]))
            at++;
        if (at >= text.Length)
            return false;
        if (text[at] != '=')
        {
            attribute = new(name, null);
            return true;
        }

        at++;
        while (at < text.Length && char.IsWhiteSpace(text[at]))
            at++;
        if (at >= text.Length)
            return false;
        char quote = text[at] is '"' or '\'' ? text[at++] : '\0';
        int end = quote != '\0' ? text.IndexOf(quote, at) : text.AsSpan(at).IndexOfAny(ValueEnds) is >= 0 and int length ? at + length : -1;
        if (end < 0)
            return false;
        attribute = new(name, WebUtility.HtmlDecode(text[at..end]));
        at = quote != '\0' ? end + 1 : end;
        return true;
    }

    private static string WithoutTags(string text)
    {
        if (!text.Contains('<', StringComparison.Ordinal))
            return text;
        var plain = new StringBuilder();
        int depth = 0;
        foreach (char c in text)
        {
            if (c == '<')
                depth++;
            else if (c == '>' && depth > 0)
                depth--;
            else if (depth == 0)
                plain.Append(c);
        }

        return plain.ToString();
    }
}

/// <summary>A link of a web page.</summary>
/// <param name="Attributes">Names in lower case, values without escapes; null for none.</param>
/// <param name="Text">What people see of it.</param>
internal sealed record HtmlLink(IReadOnlyList<KeyValuePair<string, string?>> Attributes, string Text)
{
    /// <summary>The value of an attribute; empty when it has none, null when it is not there.</summary>
    public string? Find(string name)
    {
        foreach ((string key, string? value) in Attributes)
        {
            if (key == name)
                return value ?? "";
        }

        return null;
    }
}
