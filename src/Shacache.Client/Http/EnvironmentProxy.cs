using System.Net;
using Shacache.Client.Errors;

namespace Shacache.Client.Http;

/// <summary>The proxies that the environment names: <c>http_proxy</c>, <c>https_proxy</c>, <c>all_proxy</c>, except for hosts in <c>no_proxy</c>.</summary>
/// <remarks>
/// As curl and Python read them: a name in <c>no_proxy</c> covers the names below it too, a leading dot is ignored, <c>:port</c>
/// restricts it, <c>*</c> covers all, a block such as <c>10.0.0.0/8</c> covers its addresses. Upper-case names serve when the lower-case
/// one is not set, except HTTP_PROXY, which a web server may have filled from a request's header.
/// </remarks>
internal sealed class EnvironmentProxy : IWebProxy
{
    private readonly Uri? _http;
    private readonly Uri? _https;
    private readonly string[] _exceptions;

    public EnvironmentProxy(Func<string, string?> environment)
    {
        Uri? all = Read(environment, "all_proxy", "ALL_PROXY");
        _http = Read(environment, "http_proxy") ?? all;
        _https = Read(environment, "https_proxy", "HTTPS_PROXY") ?? all;
        _exceptions = (Find(environment, "no_proxy", "NO_PROXY") ?? "").Split([',', ' '], StringSplitOptions.RemoveEmptyEntries);
        Uri? withCredentials = new[] { _http, _https }.FirstOrDefault(proxy => proxy?.UserInfo.Length > 0);
        Credentials = withCredentials is null ? null : new ProxyCredentials(_http, _https);
    }

    public ICredentials? Credentials { get; set; }

    public Uri? GetProxy(Uri destination) => destination.Scheme == Uri.UriSchemeHttps ? _https : _http;

    public bool IsBypassed(Uri host) => GetProxy(host) is null || _exceptions.Any(exception => Covers(exception, host));

    private static bool Covers(string exception, Uri url)
    {
        string host = url.IdnHost;
        if (exception == "*")
            return true;
        if (IPNetwork.TryParse(exception, out IPNetwork block))
            return IPAddress.TryParse(host, out IPAddress? address) && block.Contains(address);

        string name = exception;
        int colon = exception.LastIndexOf(':');
        if (colon > 0 && (exception.IndexOf(':') == colon || exception[colon - 1] == ']'))
        {
            if (exception[(colon + 1)..] != url.Port.ToString(System.Globalization.CultureInfo.InvariantCulture))
                return false;
            name = exception[..colon];
        }

        name = name.Trim('[', ']').TrimStart('.');
        return host.Equals(name, StringComparison.OrdinalIgnoreCase) ||
            (url.HostNameType == UriHostNameType.Dns && host.EndsWith("." + name, StringComparison.OrdinalIgnoreCase));
    }

    private static Uri? Read(Func<string, string?> environment, params ReadOnlySpan<string> names)
    {
        if (Find(environment, names) is not { } value)
            return null;
        string url = value.Contains("://", StringComparison.Ordinal) ? value : "http://" + value;
        if (Uri.TryCreate(url, UriKind.Absolute, out Uri? proxy) && proxy.Host.Length > 0)
            return proxy;
        throw new NetworkCacheConfigurationException($"The environment variable {names[0]} is not the URL of a proxy, such as http://proxy.example.org:3128.");
    }

    private static string? Find(Func<string, string?> environment, params ReadOnlySpan<string> names)
    {
        foreach (string name in names)
        {
            if (environment(name) is { Length: > 0 } value)
                return value;
        }

        return null;
    }

    private sealed class ProxyCredentials(params Uri?[] proxies) : ICredentials
    {
        public NetworkCredential? GetCredential(Uri uri, string authType)
        {
            Uri? proxy = proxies.FirstOrDefault(p => p is not null && p.UserInfo.Length > 0 && p.Host == uri.Host && p.Port == uri.Port);
            if (proxy is null || !authType.Equals("Basic", StringComparison.OrdinalIgnoreCase))
                return null;
            string[] parts = proxy.UserInfo.Split(':', 2);
            return new NetworkCredential(Uri.UnescapeDataString(parts[0]), parts.Length > 1 ? Uri.UnescapeDataString(parts[1]) : "");
        }
    }
}
