using System.Net;

namespace Shacache.Cli.Configuration.Features;

/// <summary>Where the server listens: an IP address, <c>localhost</c> or <c>*</c> (every address), and a port; 0 takes any free one.</summary>
/// <param name="Text">As it was written.</param>
/// <param name="Address">The address; null for <c>localhost</c>, which is both loopback addresses.</param>
/// <param name="Port">The TCP port.</param>
/// <param name="IsTls">Whether it is HTTPS.</param>
internal sealed record ListenAddress(string Text, IPAddress? Address, int Port, bool IsTls)
{
    private const string Form = "is no address to listen on; write http://ADDRESS:PORT or https://ADDRESS:PORT with an IP address, localhost or *";

    /// <summary>Whether only this machine can connect.</summary>
    public bool IsLoopback => Address is null || IPAddress.IsLoopback(Address);

    /// <summary>Reads a URL such as <c>http://127.0.0.1:8080</c> or <c>http://[::1]:8080</c>.</summary>
    /// <returns>What is wrong; null when nothing is.</returns>
    public static string? TryParse(string text, out ListenAddress? address)
    {
        address = null;
        // '*' is no host of a URI.
        bool any = text.StartsWith("http://*", StringComparison.OrdinalIgnoreCase) || text.StartsWith("https://*", StringComparison.OrdinalIgnoreCase);
        int star = any ? text.IndexOf('*', StringComparison.Ordinal) : 0;
        string parsed = any ? $"{text[..star]}0.0.0.0{text[(star + 1)..]}" : text;
        if (!Uri.TryCreate(parsed, UriKind.Absolute, out Uri? uri) || (uri.Scheme != Uri.UriSchemeHttp && uri.Scheme != Uri.UriSchemeHttps) ||
            uri.PathAndQuery != "/" || uri.Fragment.Length > 0 || uri.UserInfo.Length > 0)
        {
            return Form;
        }

        IPAddress? ip = null;
        if (any)
            ip = IPAddress.IPv6Any;
        else if (uri.HostNameType is UriHostNameType.IPv4 or UriHostNameType.IPv6)
            ip = IPAddress.Parse(uri.Host.Trim('[', ']'));
        else if (!uri.Host.Equals("localhost", StringComparison.OrdinalIgnoreCase))
            return Form;
        if (ip is null && uri.Port == 0)
            return $"asks for any free port on two addresses; write {uri.Scheme}://127.0.0.1:0";
        address = new ListenAddress(text, ip, uri.Port, uri.Scheme == Uri.UriSchemeHttps);
        return null;
    }
}
