using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Shacache.Testing.Ceph;

namespace Shacache.Benchmarks.Nodes;

/// <summary>Signs URLs of the gateway by their parameters, for a load that goes past our program ("Authenticating Requests: Using Query Parameters", Amazon S3 API Reference).</summary>
internal sealed class Presigner
{
    private readonly string _host;
    private readonly string _time = DateTime.UtcNow.ToString("yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture);
    private readonly byte[] _key;

    public Presigner(CephServer ceph)
    {
        _host = ceph.Endpoint.Authority;
        _key = Encoding.ASCII.GetBytes("AWS4" + CephServer.SecretKey);
        foreach (string step in (string[])[_time[..8], "us-east-1", "s3", "aws4_request"])
            _key = HMACSHA256.HashData(_key, Encoding.ASCII.GetBytes(step));
    }

    /// <summary>The target of a request.</summary>
    /// <param name="method">What it allows.</param>
    /// <param name="key">The object; letters, digits, '-' and '/'.</param>
    /// <param name="parameters">More parameters, whose names sort behind those of the signature, in their order.</param>
    public string Target(string method, string key, string parameters = "")
    {
        string path = $"/{CephServer.Bucket}/{key}";
        string scope = $"{_time[..8]}/us-east-1/s3/aws4_request";
        string query = $"X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential={CephServer.AccessKey}%2F{scope.Replace("/", "%2F", StringComparison.Ordinal)}" +
            $"&X-Amz-Date={_time}&X-Amz-Expires=86400&X-Amz-SignedHeaders=host{(parameters.Length > 0 ? "&" : "")}{parameters}";
        string request = $"{method}\n{path}\n{query}\nhost:{_host}\n\nhost\nUNSIGNED-PAYLOAD";
        string toSign = $"AWS4-HMAC-SHA256\n{_time}\n{scope}\n{Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(request)))}";
        return $"{path}?{query}&X-Amz-Signature={Convert.ToHexStringLower(HMACSHA256.HashData(_key, Encoding.ASCII.GetBytes(toSign)))}";
    }

    /// <summary>The same as a URL.</summary>
    public Uri Url(string method, string key, string parameters = "") => new($"http://{_host}{Target(method, key, parameters)}");

    /// <summary>The head of a PUT, with the Host header that was signed.</summary>
    public byte[] PutHead(string key, long lengthBytes) =>
        Encoding.ASCII.GetBytes($"PUT {Target("PUT", key)} HTTP/1.1\r\nHost: {_host}\r\nContent-Length: {lengthBytes}\r\n\r\n");
}
