using System.Text;

namespace Shacache.Blobs.S3.Requests;

/// <summary>Makes the URLs of a bucket.</summary>
internal sealed class BucketUrl
{
    private readonly string _host;

    /// <param name="endpoint">The store.</param>
    /// <param name="bucket">The bucket.</param>
    /// <param name="isPathStyle">Whether the bucket is in the path, and not in the host's name.</param>
    public BucketUrl(Uri endpoint, string bucket, bool isPathStyle)
    {
        string path = endpoint.AbsolutePath.TrimEnd('/');
        _host = isPathStyle ? endpoint.Authority : $"{bucket}.{endpoint.Authority}";
        BasePath = isPathStyle ? $"{path}/{bucket}" : path;
        Origin = $"{endpoint.Scheme}://{_host}";
    }

    /// <summary>As in the header of that name.</summary>
    public string Host => _host;

    /// <summary>Scheme and host.</summary>
    public string Origin { get; }

    private string BasePath { get; }

    /// <summary>The path of a key, or of the bucket itself.</summary>
    public string PathOf(string? key) => key is null ? (BasePath.Length == 0 ? "/" : BasePath) : $"{BasePath}/{Escape(key, keepsSlash: true)}";

    /// <summary>The parameters in the order and spelling in which they are signed (AWS Signature Version 4, "Create a canonical request").</summary>
    public static string QueryOf(IEnumerable<KeyValuePair<string, string>> parameters) => string.Join(
        '&',
        parameters.Select(pair => (Name: Escape(pair.Key, keepsSlash: false), Value: Escape(pair.Value, keepsSlash: false)))
            .OrderBy(pair => pair.Name, StringComparer.Ordinal).Select(pair => $"{pair.Name}={pair.Value}"));

    private static string Escape(string text, bool keepsSlash)
    {
        string escaped = Uri.EscapeDataString(text);
        return keepsSlash ? new StringBuilder(escaped).Replace("%2F", "/").ToString() : escaped;
    }
}
