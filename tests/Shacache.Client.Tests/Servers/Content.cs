using Shacache.Core.Blobs;

namespace Shacache.Client.Tests.Servers;

/// <summary>Reproducible bytes.</summary>
internal static class Content
{
    public static byte[] Random(int lengthBytes, int seed = 1)
    {
        byte[] bytes = new byte[lengthBytes];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    public static Digest DigestOf(byte[] bytes) => Digest.Compute(bytes);

    /// <summary>The part of the content that a request asks for, as a server with ranges answers it.</summary>
    public static async Task ServeAsync(HttpExchange exchange, byte[] content, params string[] headers)
    {
        string[] common = ["Accept-Ranges: bytes", "Content-Type: application/octet-stream", .. headers];
        if (exchange.Header("Range") is { Length: > 0 } range)
        {
            int from = int.Parse(range["bytes=".Length..].TrimEnd('-'), System.Globalization.CultureInfo.InvariantCulture);
            await exchange.AnswerAsync(206, content[from..], [.. common, $"Content-Range: bytes {from}-{content.Length - 1}/{content.Length}"]);
        }
        else
        {
            await exchange.AnswerAsync(200, content, common);
        }
    }

    /// <summary>Announces all of the content, sends the beginning, and closes the connection.</summary>
    public static async Task ServeBrokenAsync(HttpExchange exchange, byte[] content, int sentBytes, params string[] headers)
    {
        await exchange.WriteAsync(
            $"HTTP/1.1 200 OK\r\nContent-Length: {content.Length}\r\n{string.Concat(headers.Select(header => header + "\r\n"))}\r\n");

        // The answer to HEAD has no body: a client would take the bytes for its next answer.
        if (exchange.Method != "HEAD")
            await exchange.WriteAsync(content.AsMemory(0, sentBytes));
        exchange.Close();
    }
}
