using System.Net;
using Shacache.Cli.Configuration.Declaration;
using Shacache.Cli.Configuration.Values;
using Shacache.Transport;

namespace Shacache.Cli.Configuration.Features;

/// <summary>Where the server has its data, and where it listens.</summary>
internal sealed class HostSettings
{
    private static readonly SettingUnit<IReadOnlyList<ListenAddress>> SeveralAddresses =
        Units.List("URLs", (string word, out ListenAddress address) => ListenAddress.TryParse(word, out address!), address => address.Text);

    public static SettingTable<ServerSettings> Table { get; } = new()
    {
        { "data", new SettingUnit<string>("path", ParseFolder, folder => folder), "Folder that holds everything the server stores; made when it is missing.",
            settings => settings.Host.Data, (settings, value) => settings.Host.Data = value },
        { "listen", SeveralAddresses with { Parse = ParseAddresses },
            "Where the server listens: http://ADDRESS:PORT or https://ADDRESS:PORT with an IP address, localhost, or * for every address; port 0 takes a free one.",
            settings => settings.Host.Listen, (settings, value) => settings.Host.Listen = value },
        { "tls-certificate", Units.Path, "PEM file with the certificate for https and its chain; read again when it changes.",
            settings => settings.Host.TlsCertificate, (settings, value) => settings.Host.TlsCertificate = value },
        { "tls-key", Units.Path, "PEM file with the private key of the certificate, not encrypted; not needed when tls-certificate holds it too.",
            settings => settings.Host.TlsKey, (settings, value) => settings.Host.TlsKey = value },
        { "transport", Units.Word("is no transport", StringComparison.Ordinal, "shacache", "kestrel"),
            "Whose sockets carry the connections: shacache for its own, kestrel for those of the web server below it (docs/operating.md says what is lost then).",
            settings => (int)settings.Host.Transport, (settings, value) => settings.Host.Transport = (TransportKind)value },
    };

    /// <summary>As it was given.</summary>
    public string Data { get; set; } = "data";

    /// <summary>The whole path of <see cref="Data"/>.</summary>
    public string DataFolder => Path.GetFullPath(Data);

    public IReadOnlyList<ListenAddress> Listen { get; set; } = [new("http://127.0.0.1:8080", IPAddress.Loopback, 8080, IsTls: false)];

    /// <summary>PEM file of the certificate and its chain; null for none.</summary>
    public string? TlsCertificate { get; set; }

    /// <summary>PEM file of the private key; null when it is in <see cref="TlsCertificate"/>.</summary>
    public string? TlsKey { get; set; }

    public TransportKind Transport { get; set; }

    private static string? ParseFolder(string text, out string folder)
    {
        folder = text;
        return text.Length == 0 ? "names no folder" : null;
    }

    private static string? ParseAddresses(string text, out IReadOnlyList<ListenAddress> addresses)
    {
        if (text.Length == 0 || text.Any(char.IsWhiteSpace))
            return SeveralAddresses.Parse(text, out addresses) ?? (addresses.Count == 0 ? "names no address to listen on; write http://127.0.0.1:8080" : null);
        string? problem = ListenAddress.TryParse(text, out ListenAddress? address);
        addresses = problem is null ? [address!] : [];
        return problem;
    }
}
