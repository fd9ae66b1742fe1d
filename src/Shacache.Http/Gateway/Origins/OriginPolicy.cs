using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.IO.Enumeration;
using Shacache.Protocol;

namespace Shacache.Http.Gateway.Origins;

/// <summary>What the operator allows.</summary>
internal sealed class OriginPolicy(GatewayOptions options)
{
    private readonly string[] _moving = [.. options.MovingPrefixes.Select(UrlSpelling.UnifyUrl)];

    public bool IsAllowed(OriginUrl url) => options.Origins.Any(pattern => pattern.Matches(url));

    /// <summary>Why a redirect must not be followed; null when it may be.</summary>
    /// <param name="from">What was asked for.</param>
    /// <param name="to">Where its origin sends the gateway.</param>
    /// <param name="leadsAnywhere">Whether any host is allowed.</param>
    public string? FindRedirectProblem(OriginUrl from, OriginUrl to, bool leadsAnywhere = false)
    {
        if (Redirects.LeavesTls(from.Uri, to.Uri))
            return "from https to http.";
        return leadsAnywhere || IsAllowed(to) ? null : GatewayProblems.NotAllowed(to).Line;
    }

    /// <summary>Whether the content at the URL changes, so that a copy must be compared with the origin before each use.</summary>
    public bool IsMoving(OriginUrl url) => Array.Exists(_moving, prefix => url.Key.StartsWith(prefix, StringComparison.Ordinal));
}

/// <summary>One item of the list of allowed origins: a host glob, and a port.</summary>
/// <remarks>
/// <c>*</c> stands for any characters, dots included: <c>*.example.org</c> is every host below example.org and not example.org itself.
/// Without port, only the standard port of the URL's scheme is allowed; <c>:*</c> is any port.
/// </remarks>
public sealed class OriginPattern
{
    private static readonly SearchValues<char> HostCharacters = SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789-._*");

    private readonly string _host;
    private readonly int? _port;
    private readonly bool _anyPort;

    private OriginPattern(string host, int? port, bool anyPort)
    {
        _host = host;
        _port = port;
        _anyPort = anyPort;
    }

    /// <summary>Reads <c>HOST</c>, <c>HOST:PORT</c> or <c>HOST:*</c>.</summary>
    /// <returns>False for anything else: schemes, paths, user names, IPv6 literals, characters that no host name has.</returns>
    public static bool TryParse(string text, [NotNullWhen(true)] out OriginPattern? pattern)
    {
        pattern = null;
        int colon = text.IndexOf(':', StringComparison.Ordinal);
        string host = (colon < 0 ? text : text[..colon]).ToLowerInvariant();
        if (host.Length == 0 || host.AsSpan().ContainsAnyExcept(HostCharacters) || host[0] == '.' || host[^1] == '.')
            return false;
        string port = colon < 0 ? "" : text[(colon + 1)..];
        if (colon < 0 || port == "*")
        {
            pattern = new OriginPattern(host, null, colon >= 0);
            return true;
        }

        if (!ushort.TryParse(port, NumberStyles.None, CultureInfo.InvariantCulture, out ushort number) || number == 0)
            return false;
        pattern = new OriginPattern(host, number, anyPort: false);
        return true;
    }

    internal bool Matches(OriginUrl url) =>
        (_anyPort || url.Port == (_port ?? url.StandardPort)) && FileSystemName.MatchesSimpleExpression(_host, url.Host, ignoreCase: false);

    /// <inheritdoc/>
    public override string ToString() => _anyPort ? $"{_host}:*" : _port is { } port ? $"{_host}:{port}" : _host;
}
