using System.Text;

namespace Shacache.Benchmarks.Load;

/// <summary>Builds the heads of requests.</summary>
internal static class RequestHead
{
    /// <summary>A head without a body; keep-alive is HTTP/1.1's default.</summary>
    public static byte[] Get(string path, bool close) =>
        Encoding.ASCII.GetBytes($"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n{Connection(close)}\r\n");

    /// <summary>A head that announces a body.</summary>
    public static byte[] Upload(string method, string path, long lengthBytes, bool close) =>
        Encoding.ASCII.GetBytes(
            $"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n{Connection(close)}Content-Length: {lengthBytes}\r\n\r\n");

    private static string Connection(bool close) => close ? "Connection: close\r\n" : "";
}
