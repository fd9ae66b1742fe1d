using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace Shacache.Protocol;

/// <summary>URLs that are sent as they were given. <see cref="Uri"/> alone decodes, resolves and escapes: another file than the one that was asked for.</summary>
public static class ExactUrl
{
    private static readonly UriCreationOptions AsGiven = new() { DangerousDisablePathAndQueryCanonicalization = true };

    /// <summary>Reads an http or https URL. Path and query stay character for character; only what no request can carry is escaped (spaces, controls, all but ASCII).</summary>
    /// <remarks>Without user, password and fragment. Host and port are as <see cref="Uri"/> reads them.</remarks>
    /// <returns>False when it is no such URL, or one of which it can be disputed where the host ends.</returns>
    public static bool TryCreate(string text, [NotNullWhen(true)] out Uri? url)
    {
        url = null;
        string trimmed = text.Trim();
        int start = trimmed.IndexOf("://", StringComparison.Ordinal) + 3;
        if (start < 3 || !Uri.TryCreate(trimmed, UriKind.Absolute, out Uri? parsed) || parsed.Host.Length == 0 ||
            (parsed.Scheme != Uri.UriSchemeHttp && parsed.Scheme != Uri.UriSchemeHttps))
        {
            return false;
        }

        int end = trimmed.AsSpan(start).IndexOfAny("/?#\\");
        end = end < 0 ? trimmed.Length : start + end;
        if (end < trimmed.Length && trimmed[end] == '\\')
            return false;
        int fragment = trimmed.IndexOf('#', end);
        return TryCompose(parsed, trimmed[end..(fragment < 0 ? trimmed.Length : fragment)], out url);
    }

    /// <summary>The URL of a resource below another one.</summary>
    /// <param name="parent">The one above; a slash at its end makes no difference.</param>
    /// <param name="segment">The last part of the path, escaped, perhaps with a query; null for the parent itself. An escaped key does not become another one.</param>
    public static Uri Below(Uri parent, string? segment)
    {
        ArgumentNullException.ThrowIfNull(parent);
        string url = parent.AbsoluteUri.TrimEnd('/');
        return new Uri(segment is null ? url : $"{url}/{segment}", AsGiven);
    }

    /// <summary>Where a redirect leads to, again as it was given.</summary>
    /// <param name="from">The URL whose answer redirects.</param>
    /// <param name="location">The header of that answer; absolute or relative (RFC 3986, 4.2).</param>
    /// <param name="url">The target, whatever its scheme.</param>
    /// <returns>False when that is no URL.</returns>
    public static bool TryFollow(Uri from, string location, [NotNullWhen(true)] out Uri? url)
    {
        if (TryCreate(location, out url))
            return true;
        int fragment = location.IndexOf('#', StringComparison.Ordinal);
        string target = fragment < 0 ? location : location[..fragment];
        if (target.StartsWith('/') && !target.StartsWith("//", StringComparison.Ordinal) && !target.StartsWith("/\\", StringComparison.Ordinal))
            return TryCompose(from, target, out url);
        // Relative to a folder, or to the scheme: dot segments must be resolved here, so that this one is left to Uri.
        return Uri.TryCreate(from, location, out url);
    }

    private static bool TryCompose(Uri server, string pathAndQuery, [NotNullWhen(true)] out Uri? url)
    {
        string origin = server.GetComponents(UriComponents.SchemeAndServer, UriFormat.UriEscaped);
        string target = Escape(pathAndQuery.StartsWith('/') ? pathAndQuery : $"/{pathAndQuery}");
        return Uri.TryCreate(origin + target, AsGiven, out url) && url.Host == server.Host && url.Port == server.Port;
    }

    private static string Escape(string text)
    {
        if (!text.AsSpan().ContainsAnyExceptInRange('!', '~'))
            return text;
        var escaped = new StringBuilder(text.Length + 16);
        foreach (Rune rune in text.EnumerateRunes())
        {
            if (rune.Value is >= '!' and <= '~')
                escaped.Append((char)rune.Value);
            else
                escaped.Append(Uri.EscapeDataString(rune.ToString()));
        }

        return escaped.ToString();
    }
}
