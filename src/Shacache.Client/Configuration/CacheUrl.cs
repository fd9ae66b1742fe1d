using System.Diagnostics.CodeAnalysis;
using System.Net.Http.Headers;
using System.Text;
using Shacache.Client.Errors;
using Shacache.Protocol;

namespace Shacache.Client.Configuration;

/// <summary>The base URL of a server's content or directory. Its user and password are kept apart and are never part of a text.</summary>
/// <remarks><c>http</c> or <c>https</c>, with any path, without query and fragment. <c>user:password@</c> means basic authentication.</remarks>
public sealed class CacheUrl
{
    private readonly string _prefix;

    private CacheUrl(Uri uri, AuthenticationHeaderValue? credentials)
    {
        Uri = uri;
        Credentials = credentials;
        _prefix = uri.AbsoluteUri.TrimEnd('/');
    }

    /// <summary>The URL without user and password.</summary>
    public Uri Uri { get; }

    /// <summary>Whether requests to it carry user and password, or a token.</summary>
    public bool HasCredentials => Credentials is not null;

    /// <summary>The value of the Authorization header; null for none. A secret.</summary>
    internal AuthenticationHeaderValue? Credentials { get; }

    /// <summary>Reads one URL.</summary>
    /// <exception cref="FormatException">It is not such a URL. The message does not hold the password.</exception>
    public static CacheUrl Parse(string text) =>
        TryParse(text, out CacheUrl? url, out string? problem) ? url : throw new FormatException(problem);

    /// <summary>Reads URLs with white space between, in the order in which they are to be tried.</summary>
    /// <exception cref="FormatException">One of them is not such a URL. The message does not hold its password.</exception>
    public static IReadOnlyList<CacheUrl> ParseList(string text) => [.. PythonText.Words(text).Select(Parse)];

    /// <summary>Reads one URL.</summary>
    /// <param name="text">The URL.</param>
    /// <param name="url">What was read.</param>
    /// <param name="problem">One line that says what is wrong with it, without its password.</param>
    public static bool TryParse(string text, [NotNullWhen(true)] out CacheUrl? url, [NotNullWhen(false)] out string? problem)
    {
        url = null;
        if (!ExactUrl.TryCreate(text, out Uri? exact))
        {
            problem = $"'{Redact(text)}' is not a URL such as https://host/path";
            return false;
        }

        var uri = new Uri(text, UriKind.Absolute);
        problem = uri.Query.Length > 0 || uri.Fragment.Length > 0 || text.Contains('?') || text.Contains('#')
            ? $"'{Redact(text)}' has a query or a fragment, which a base URL cannot have ('?' and '#' in a password are written %3F and %23)"
            : null;
        if (problem is not null)
            return false;

        AuthenticationHeaderValue? credentials = null;
        if (uri.UserInfo.Length > 0)
        {
            int colon = uri.UserInfo.IndexOf(':');
            string user = Uri.UnescapeDataString(colon < 0 ? uri.UserInfo : uri.UserInfo[..colon]);
            string password = colon < 0 ? "" : Uri.UnescapeDataString(uri.UserInfo[(colon + 1)..]);
            if (user.Contains(':'))
            {
                problem = $"'{Redact(text)}' has a colon in the user's name, which basic authentication cannot carry";
                return false;
            }

            credentials = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{user}:{password}")));
        }

        url = new CacheUrl(Plain(exact), credentials);
        return true;
    }

    /// <summary>The same server, asked with a token instead of user and password.</summary>
    /// <exception cref="FormatException">That is not a token. The message does not hold it.</exception>
    internal CacheUrl WithToken(string token) => new(Uri, BearerToken.Parse(token));

    /// <summary>The server that has this surface: the URL without the last segment of its path, asked with the same credentials.</summary>
    internal CacheUrl Parent() => new(Exact(_prefix[..Math.Max(_prefix.LastIndexOf('/'), Uri.GetLeftPart(UriPartial.Authority).Length)]), Credentials);

    /// <summary>The URL of a resource below this one.</summary>
    /// <param name="segment">One path segment, escaped.</param>
    internal Uri Append(string segment) => Exact($"{_prefix}/{segment}");

    /// <summary>The URL without user and password.</summary>
    public override string ToString() => Uri.AbsoluteUri;

    /// <summary>Keeps the configured spelling: <see cref="System.Uri"/> alone would decode it, and resolve dots in it.</summary>
    private static Uri Exact(string text) => ExactUrl.TryCreate(text, out Uri? url) ? Plain(url) : throw new UriFormatException($"{OneLine.Of(text)} is not a URL.");

    /// <summary>An ordinary URI where the spelling is the same, since one that keeps its text never equals another.</summary>
    private static Uri Plain(Uri exact) => new Uri(exact.AbsoluteUri) is var plain && plain.AbsoluteUri == exact.AbsoluteUri ? plain : exact;

    /// <summary>What may be shown of a text that is not a URL: everything that could be a password is left out.</summary>
    private static string Redact(string text)
    {
        int at = text.LastIndexOf('@');
        if (at < 0)
            return OneLine.Of(text);
        int scheme = text.IndexOf("://", StringComparison.Ordinal);
        return OneLine.Of((scheme >= 0 && scheme < at ? text[..(scheme + 3)] : "") + "***" + text[at..]);
    }
}
