using System.Globalization;
using System.Text;

namespace Shacache.Conformance.Wire;

/// <summary>Does to a server what the deployed Python client does, in the bytes that its HTTP library sends (docs/protocol.md, "Deployed clients").</summary>
/// <remarks>
/// A connection for each request, <c>Connection: close</c> always, keys put into the path unescaped, and the end of the answer
/// taken from the header or from the end of the connection. exchanges/ holds recordings of the real one.
/// </remarks>
internal sealed class PythonClient(Uri cacheUrl, Uri directoryUrl)
{
    /// <summary>The plain GET before an upload: closed as soon as the status line is there.</summary>
    /// <returns>Whether the server has the content.</returns>
    public async Task<bool> ExistsAsync(string digest)
    {
        await using WireConnection connection = await WireConnection.OpenAsync(cacheUrl);
        await connection.SendAsync(Head("GET", cacheUrl, digest, null));
        string? statusLine = await connection.ReadLineAsync();
        Assert.Matches("^HTTP/1\\.1 (200|404) ", statusLine);
        return statusLine!.StartsWith("HTTP/1.1 200 ", StringComparison.Ordinal);
    }

    /// <summary>Uploads by POST and compares the answer byte for byte.</summary>
    public async Task UploadAsync(byte[] content)
    {
        WireResponse response = await RequestAsync("POST", cacheUrl, null, content);
        Assert.True(response.Status == 201, response.ToString());
        Assert.Equal(Bytes.DigestOf(content), Encoding.Latin1.GetString(response.Body));
    }

    public Task<WireResponse> DownloadAsync(string digest, long fromByte = 0) =>
        RequestAsync("GET", cacheUrl, digest, null, fromByte > 0 ? $"Range: bytes={fromByte}-\r\n" : "");

    public Task<WireResponse> PutEntryAsync(string key, string body) => RequestAsync("PUT", directoryUrl, key, Encoding.UTF8.GetBytes(body));

    public Task<WireResponse> ListAsync(string key) => RequestAsync("GET", directoryUrl, key, null);

    private async Task<WireResponse> RequestAsync(string method, Uri surface, string? name, byte[]? body, string moreHeaders = "")
    {
        await using WireConnection connection = await WireConnection.OpenAsync(surface);
        await connection.SendAsync(Head(method, surface, name, body?.Length, moreHeaders));
        // http.client sends the body apart from the head, file-like ones in small blocks.
        for (int sent = 0; sent < body?.Length; sent += 8192)
        {
            if (!await connection.TrySendAsync(body.AsMemory(sent, Math.Min(8192, body.Length - sent))))
                break;
        }

        WireResponse response = await connection.ReceiveAsync();
        Assert.True(response.HasConnectionClose, $"The Python client reads an empty body without Connection: close. {response}");
        await connection.AssertClosedByServerAsync();
        return response;
    }

    private static string Head(string method, Uri surface, string? name, long? lengthBytes, string moreHeaders = "")
    {
        string path = surface.AbsolutePath.TrimEnd('/');
        path = name is null ? path : $"{path}/{name}";
        string length = lengthBytes is null ? "" : $"Content-Length: {lengthBytes.Value.ToString(CultureInfo.InvariantCulture)}\r\n";
        return $"{method} {(path.Length == 0 ? "/" : path)} HTTP/1.1\r\nHost: {surface.Authority}\r\nAccept-Encoding: identity\r\n" +
            $"{length}Connection: close\r\n{moreHeaders}\r\n";
    }
}
