using System.Net.Http.Headers;
using Shacache.Client.Configuration;
using Shacache.Client.Errors;
using Shacache.Protocol;

namespace Shacache.Client.Http;

/// <summary>How this machine shows the servers of one surface who it is: a certificate to the hosts of uploads, and user and password of a URL, else, to upload servers, the token.</summary>
/// <remarks>
/// A private cache wants to know who reads, too. A download server that is an upload server gets what that gets; on a machine that uploads nowhere the
/// certificate, which gives nothing away, is shown where it downloads from.
/// </remarks>
internal sealed class ServerCredentials
{
    private readonly HashSet<CacheUrl> _uploadServers;
    private readonly HashSet<string> _uploadOrigins = [];
    private readonly string? _tokenFile;
    private AuthenticationHeaderValue? _token;

    /// <param name="tls">Certificate and authorities, for the hosts of the upload servers only; read when one of them is asked first.</param>
    /// <param name="surface">The beginning of their options' names, such as <c>shacache</c>; empty for those of a command.</param>
    /// <param name="tokenFile">The file of the token, read when it is needed first; null for none.</param>
    /// <param name="uploadServers">The servers that get these.</param>
    /// <param name="downloadServers">The servers of a machine that uploads nowhere.</param>
    public ServerCredentials(TlsFiles tls, string surface, string? tokenFile, IEnumerable<CacheUrl> uploadServers, IEnumerable<CacheUrl> downloadServers)
    {
        _tokenFile = tokenFile;
        _uploadServers = [.. uploadServers];
        _uploadOrigins = [.. _uploadServers.Select(OriginOf)];
        IEnumerable<CacheUrl> shown = _uploadServers.Count > 0 ? _uploadServers : downloadServers;
        Tls = new TlsScope(
            () => TlsIdentity.Load(tls, surface), tls.CertificateFile is not null,
            shown.Select(server => server.Uri.Host).ToHashSet(StringComparer.OrdinalIgnoreCase));
    }

    private ServerCredentials() => _uploadServers = [];

    /// <summary>Those of servers that are asked as any client would: user and password of their URL, and nothing else.</summary>
    public static ServerCredentials OfUrl { get; } = new();

    /// <summary>Which hosts see the certificate; null when there are none.</summary>
    public TlsScope? Tls { get; }

    /// <summary>The value of the Authorization header; null for none.</summary>
    /// <exception cref="NetworkCacheConfigurationException">There should be a token, but its file cannot be used, or the server would get it over http.</exception>
    public AuthenticationHeaderValue? Find(CacheUrl server)
    {
        if (server.Credentials is { } own)
        {
            if (own.Scheme == BearerToken.Scheme)
                BearerToken.EnsureProtected(server);
            return own;
        }

        if (_tokenFile is null || !_uploadOrigins.Contains(OriginOf(server)))
            return null;
        if (!_uploadServers.Contains(server))
            return FindForReading(server);
        BearerToken.EnsureProtected(server);
        return _token ??= BearerToken.Read(_tokenFile, BearerToken.FileOption);
    }

    /// <summary>Most servers let everybody read: a token that cannot be sent must not keep anybody from that.</summary>
    private AuthenticationHeaderValue? FindForReading(CacheUrl server)
    {
        try
        {
            BearerToken.EnsureProtected(server);
            return _token ??= BearerToken.Read(_tokenFile!, BearerToken.FileOption);
        }
        catch (NetworkCacheConfigurationException)
        {
            return null;
        }
    }

    private static string OriginOf(CacheUrl server) => server.Uri.GetLeftPart(UriPartial.Authority);
}
