using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using Shacache.Core.Urls;

namespace Shacache.Http.Gateway.Origins;

/// <summary>The URL of a file at an origin, in one spelling: lower-case host without a dot at its end, no standard port, no user.</summary>
/// <remarks>
/// The strictest reading there is, so that no two parsers see two hosts: letters, digits, hyphens, underscores and dots, or a plain
/// dotted IPv4 address. Every other spelling of an address (decimal, octal, hexadecimal, shortened, IPv6) and every escape in the host
/// is refused, but that of the colon before a port, which pip escapes. Path and query are kept character for character: the origin is asked
/// with them, and the key that clients look for is made of them.
/// </remarks>
internal sealed class OriginUrl
{
    private const int MaxLength = 8 * 1024;
    private static readonly SearchValues<char> HostCharacters = SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789-._");

    private OriginUrl(string scheme, string host, int port, string pathAndQuery)
    {
        Scheme = scheme;
        Host = host;
        Port = port;
        string authority = port == StandardPort ? host : $"{host}:{port.ToString(CultureInfo.InvariantCulture)}";
        Text = $"{scheme}://{authority}{pathAndQuery}";

        Key = $"{scheme}://{authority}{UrlSpelling.Unify(pathAndQuery)}";

        // As it is: no dots resolved and nothing decoded, or the origin would be asked for another file than the one that is stored.
        Uri = new Uri(Text, new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true });
    }

    /// <summary><c>http</c> or <c>https</c>.</summary>
    public string Scheme { get; }

    public string Host { get; }

    public int Port { get; }

    public int StandardPort => Scheme == "https" ? 443 : 80;

    /// <summary>The whole URL, as entries name it.</summary>
    public string Text { get; }

    public Uri Uri { get; }

    /// <summary>Equal for all URLs that mean the same file (<see cref="UrlSpelling"/>).</summary>
    public string Key { get; }

    /// <summary>For the log: queries carry secrets, and some paths do.</summary>
    public string WithoutQuery => UrlSecrets.Redact(Text.Split('?')[0]);

    /// <summary>Whether it holds what looks like a credential, so that no other client may read it.</summary>
    public bool IsSecret => UrlSecrets.Find(Text) is not null;

    /// <summary>MD5 of the URL, lower-case hexadecimal, as clients look it up.</summary>
#pragma warning disable CA5351 // An identifier that deployed clients compute; the content is named by SHA-512.
    public string Md5 => Convert.ToHexStringLower(MD5.HashData(Encoding.UTF8.GetBytes(Text)));
#pragma warning restore CA5351

    /// <summary>Reads the part of a request's target after the gateway's path: <c>https/example.org/file?query</c>.</summary>
    public static bool TryParse(
        ReadOnlySpan<char> target, [NotNullWhen(true)] out OriginUrl? url, [NotNullWhen(false)] out string? problem)
    {
        url = null;
        int slash = target.IndexOf('/');
        if (slash < 0)
        {
            problem = "The path after /fetch/ must be a scheme, a host and a path, such as /fetch/https/example.org/file.tar.gz.";
            return false;
        }

        ReadOnlySpan<char> rest = target[(slash + 1)..];
        int end = rest.IndexOfAny('/', '?');
        string path = end < 0 ? "/" : rest[end] == '?' ? $"/{rest[end..]}" : rest[end..].ToString();
        string authority = (end < 0 ? rest : rest[..end]).ToString();
        if (!authority.Contains(':', StringComparison.Ordinal))
            authority = authority.Replace("%3A", ":", StringComparison.OrdinalIgnoreCase);
        return TryCreate(target[..slash].ToString(), authority, path, out url, out problem);
    }

    /// <summary>Reads the Location of a redirect, which may be relative to the URL that was asked for. Its path and query are kept as they were given: they may be signed.</summary>
    public bool TryFollow(string location, [NotNullWhen(true)] out OriginUrl? target, [NotNullWhen(false)] out string? problem)
    {
        target = null;
        location = string.Concat(location.Split('#')[0].Select(c => c is (>= '!' and <= '~') or > '\u00ff' ? $"{c}" : $"%{(int)c:X2}"));
        if (!Uri.TryCreate(Uri, location, out Uri? uri) || uri.UserInfo.Length > 0)
        {
            problem = uri is null ? "The redirect leads to no URL." : "The redirect leads to a URL with a user name.";
            return false;
        }

        return TryCreate(uri.Scheme, uri.IsDefaultPort ? uri.IdnHost : $"{uri.IdnHost}:{uri.Port}", FindPath(location) ?? uri.PathAndQuery, out target, out problem);
    }

    public override string ToString() => WithoutQuery;

    /// <summary>Path and query of a Location as they were given; null when they are relative to a folder, so that dots must be resolved.</summary>
    private static string? FindPath(string location)
    {
        int authority = location.IndexOf("//", StringComparison.Ordinal);
        if (authority != 0 && (authority < 0 || location.IndexOfAny(['/', '?', ':']) != authority - 1))
            return location.StartsWith('/') ? location : null;
        string rest = location[(authority + 2)..];
        int end = rest.IndexOfAny(['/', '?']);
        return end < 0 ? "/" : rest[end] == '?' ? $"/{rest[end..]}" : rest[end..];
    }

    private static bool TryCreate(
        string scheme, string authority, string path, [NotNullWhen(true)] out OriginUrl? url, [NotNullWhen(false)] out string? problem)
    {
        url = null;
        int colon = authority.IndexOf(':', StringComparison.Ordinal);
        string host = (colon < 0 ? authority : authority[..colon]).ToLowerInvariant();
        if (host.EndsWith('.'))
            host = host[..^1];
        int port = scheme == "https" ? 443 : 80;
        problem = authority.Contains('@', StringComparison.Ordinal)
            ? "Origins are asked without user and password; leave them out of the URL."
            : FindProblem(scheme, host, path);
        if (problem is null && colon >= 0 &&
            (!ushort.TryParse(authority.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out ushort number) || (port = number) == 0))
        {
            problem = "The port is not a number from 1 to 65535, or the host is no host name.";
        }

        if (problem is not null)
            return false;
        url = new OriginUrl(scheme, host, port, path);

        // What connects reads the URL once more: it must see the same host.
        if (url.Uri.IdnHost != host || url.Uri.Port != port || url.Uri.UserInfo.Length > 0)
            problem = "The URL can be read in more than one way.";
        return problem is null;
    }

    private static string? FindProblem(string scheme, string host, string path)
    {
        if (scheme is not ("http" or "https"))
            return "Only http and https are fetched.";
        if (host.Length is 0 or > 253 || host.AsSpan().ContainsAnyExcept(HostCharacters) ||
            host.Split('.').Any(label => label.Length is 0 or > 63))
        {
            return "The host is neither a host name (letters, digits, hyphens, dots; IDN as xn--) nor an IPv4 address.";
        }

        // Whatever ends in a number is an address to one parser or another; only one spelling is the same to all.
        string last = host[(host.LastIndexOf('.') + 1)..];
        bool looksNumeric = char.IsAsciiDigit(last[0]) && (last.All(char.IsAsciiDigit) || last.StartsWith("0x", StringComparison.Ordinal));
        if (looksNumeric && !(IPAddress.TryParse(host, out IPAddress? address) && address.ToString() == host))
            return "The host is an address in an unusual form; write a host name, or four decimal numbers without leading zeros.";
        if (path.Length > MaxLength)
            return $"The URL is longer than {MaxLength} characters.";
        if (path.AsSpan().ContainsAnyExceptInRange('!', '~') || path.AsSpan().IndexOfAny('#', '\\') >= 0)
            return "The path holds a character that must be escaped in a URL.";
        return null;
    }
}
