using System.Net.Http.Headers;
using Shacache.Client.Configuration;
using Shacache.Client.Errors;

namespace Shacache.Client.Http;

/// <summary>What goes with the requests to a server: user and password of its URL, else, to upload servers, the token.</summary>
/// <param name="tokenFile">The file of the token, read when it is needed first; null for none.</param>
/// <param name="uploadServers">The only servers that get it.</param>
internal sealed class ServerCredentials(string? tokenFile, IEnumerable<CacheUrl> uploadServers)
{
    private readonly HashSet<CacheUrl> _uploadServers = [.. uploadServers];
    private AuthenticationHeaderValue? _token;

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

        if (tokenFile is null || !_uploadServers.Contains(server))
            return null;
        BearerToken.EnsureProtected(server);
        return _token ??= BearerToken.Read(tokenFile, BearerToken.FileOption);
    }
}
