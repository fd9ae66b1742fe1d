using System.Diagnostics.CodeAnalysis;
using Shacache.Client.Configuration;
using Shacache.Core.Blobs;
using Shacache.Protocol;

namespace Shacache.Client.Downloads;

/// <summary>URLs that name a content of a configured store by its digest, as profiles name images of machines: <c>{cache}/&lt;sha512&gt;</c>.</summary>
[SuppressMessage("Design", "CA1054", Justification = "A key is made of the URL's text; System.Uri would change it.")]
public static class ContentUrl
{
    /// <summary>Reads the digest at the end of a URL.</summary>
    /// <param name="url">The URL; query and fragment count for nothing.</param>
    /// <param name="options">Its servers of content, for files and for built software, are the stores. A store may be named by http and by https.</param>
    /// <param name="digest">The content.</param>
    /// <returns>False when the URL names no content of these stores.</returns>
    public static bool TryRead(string url, NetworkCacheOptions options, out Digest digest)
    {
        ArgumentNullException.ThrowIfNull(url);
        ArgumentNullException.ThrowIfNull(options);
        digest = default;
        string place = url.Split('?', '#')[0];
        int slash = place.LastIndexOf('/');
        if (slash < 0 || !Digest.TryParse(place.AsSpan(slash + 1), out Digest named) || !ExactUrl.TryCreate(place[..(slash + 1)], out Uri? store))
            return false;
        bool isStore = new[] { options.Servers, options.BinaryServers }
            .SelectMany(servers => servers.DownloadCache.Concat(servers.UploadCache))
            .Any(server => IsSame(server.Uri, store));
        digest = isStore ? named : default;
        return isStore;
    }

    private static bool IsSame(Uri server, Uri store) =>
        server.Host.Equals(store.Host, StringComparison.OrdinalIgnoreCase) &&
        (server.Port == store.Port || (server.IsDefaultPort && store.IsDefaultPort)) &&
        server.AbsolutePath.TrimEnd('/') == store.AbsolutePath.TrimEnd('/');
}
