using System.Net;

namespace Shacache.Cli.Configuration.Values;

/// <summary>Where the server listens: an IP address, <c>localhost</c> or <c>*</c> (every address), and a port; 0 takes any free one.</summary>
/// <param name="Text">As it was written.</param>
/// <param name="Address">The address; null for <c>localhost</c>, which is both loopback addresses.</param>
/// <param name="Port">The TCP port.</param>
/// <param name="IsTls">Whether it is HTTPS.</param>
/// <param name="Descriptor">The socket that listens there already; null when one is to be made.</param>
internal sealed record ListenAddress(string Text, IPAddress? Address, int Port, bool IsTls, int? Descriptor = null)
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

    /// <summary>That of a socket that was passed to the process: https when it is called so; when it is called neither, and there is a certificate, too.</summary>
    public static ListenAddress Of(PassedSocket socket, bool hasCertificate)
    {
        bool isTls = socket.Name == Uri.UriSchemeHttps || (hasCertificate && socket.Name != Uri.UriSchemeHttp);
        return new ListenAddress(
            $"{(isTls ? Uri.UriSchemeHttps : Uri.UriSchemeHttp)}://{socket.Address} (socket {socket.Descriptor} of the service manager)",
            socket.Address.Address, socket.Address.Port, isTls, socket.Descriptor);
    }
}

/// <summary>A socket that the service manager listens on and passed to this process.</summary>
/// <param name="Descriptor">Its number here.</param>
/// <param name="Name">What the manager calls it (FileDescriptorName= of a socket unit); empty for nothing.</param>
/// <param name="Address">Where it listens.</param>
internal sealed record PassedSocket(int Descriptor, string Name, IPEndPoint Address);
