using Shacache.Core.Urls;

namespace Shacache.Http.Requests;

/// <summary>Takes raw request targets apart (RFC 9112, section 3.2).</summary>
internal static class RequestTarget
{
    /// <summary>Finds the path of an origin-form or absolute-form target; the query is left out.</summary>
    /// <param name="target">The target as it came over the wire.</param>
    /// <param name="start">Where the path begins.</param>
    /// <param name="length">Length of the path; 0 when an absolute URL has none.</param>
    /// <param name="authority">Host and port of an absolute URL; empty for the usual form.</param>
    /// <returns>False for the forms that name no resource here (<c>*</c>, <c>host:port</c>).</returns>
    public static bool TrySplit(string target, out int start, out int length, out ReadOnlySpan<char> authority)
    {
        start = 0;
        length = 0;
        authority = default;
        if (target.Length == 0)
            return false;
        if (target[0] != '/')
        {
            int scheme = target.IndexOf("://", StringComparison.Ordinal);
            if (scheme is not (4 or 5) || !target.StartsWith("http", StringComparison.OrdinalIgnoreCase))
                return false;
            int begin = scheme + 3;
            int end = target.AsSpan(begin).IndexOfAny('/', '?');
            start = end < 0 ? target.Length : begin + end;
            authority = target.AsSpan(begin, start - begin);
        }

        int query = target.AsSpan(start).IndexOf('?');
        length = query < 0 ? target.Length - start : query;
        return true;
    }

    /// <summary>The target for logs: what looks like a credential in it is not shown. Those of the gateway are URLs, of which <c>://</c> is a slash.</summary>
    public static string Redact(string target)
    {
        int scheme = target.IndexOf("/http", StringComparison.OrdinalIgnoreCase);
        if (scheme < 0)
            return target.Contains('?', StringComparison.Ordinal) ? UrlSecrets.Redact(target) : target;
        int slash = target.IndexOf('/', scheme + 1);
        if (slash < 0)
            return target;
        string url = $"{target[(scheme + 1)..slash]}:/{target[slash..]}";
        string shown = UrlSecrets.Redact(url);
        return shown == url ? target : $"{target[..(scheme + 1)]}{shown.Replace("://", "/", StringComparison.Ordinal)}";
    }

    /// <summary>The host of <c>host:port</c>; brackets of an IPv6 address stay.</summary>
    public static ReadOnlySpan<char> WithoutPort(ReadOnlySpan<char> authority)
    {
        int user = authority.LastIndexOf('@');
        ReadOnlySpan<char> host = authority[(user + 1)..];
        int colon = host.LastIndexOf(':');
        return colon < 0 || host[colon..].Contains(']') ? host : host[..colon];
    }
}
