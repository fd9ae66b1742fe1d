using System.Net.Http.Headers;
using Shacache.Client.Configuration;
using Shacache.Client.Errors;
using Shacache.Protocol;

namespace Shacache.Client.Http;

/// <summary>How this machine shows the servers of one surface who it is: a certificate to the hosts of uploads, and user and password of a URL, else, to upload servers, the token.</summary>
internal sealed class ServerCredentials
{
    private readonly HashSet<CacheUrl> _uploadServers;
    private readonly string? _tokenFile;
    private AuthenticationHeaderValue? _token;

    /// <param name="tls">Certificate and authorities, for the hosts of the upload servers only; read when one of them is asked first.</param>
    /// <param name="surface">The beginning of their options' names, such as <c>shacache</c>; empty for those of a command.</param>
    /// <param name="tokenFile">The file of the token, read when it is needed first; null for none.</param>
    /// <param name="uploadServers">The only servers that get these.</param>
    public ServerCredentials(TlsFiles tls, string surface, string? tokenFile, IEnumerable<CacheUrl> uploadServers)
    {
        _tokenFile = tokenFile;
        _uploadServers = [.. uploadServers];
        Tls = new TlsScope(
            () => TlsIdentity.Load(tls, surface), tls.CertificateFile is not null,
            _uploadServers.Select(server => server.Uri.Host).ToHashSet(StringComparer.OrdinalIgnoreCase));
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

        if (_tokenFile is null || !_uploadServers.Contains(server))
            return null;
        BearerToken.EnsureProtected(server);
        return _token ??= BearerToken.Read(_tokenFile, BearerToken.FileOption);
    }
}
