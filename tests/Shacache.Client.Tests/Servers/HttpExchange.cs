using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Shacache.Core.Blobs;

namespace Shacache.Client.Tests.Servers;

/// <summary>One request as it came over the wire, and the raw stream for the answer.</summary>
internal sealed class HttpExchange
{
    private readonly byte[] _buffer = new byte[64 * 1024];
    private bool _isBodyRead;

    private HttpExchange(Stream stream, string head, CancellationToken stop)
    {
        Stream = stream;
        Stopped = stop;
        string[] lines = head.Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        string[] parts = lines[0].Split(' ');
        (Method, Target) = (parts[0], parts[1]);
        Headers = lines.Skip(1).Select(line => line.Split(':', 2)).ToDictionary(
            pair => pair[0], pair => pair[1].Trim(), StringComparer.OrdinalIgnoreCase);
    }

    public Stream Stream { get; }

    public CancellationToken Stopped { get; }

    public string Method { get; }

    public string Target { get; }

    public IReadOnlyDictionary<string, string> Headers { get; }

    /// <summary>Which request of the server this is, from 1.</summary>
    public int Number { get; set; }

    /// <summary>The connection ends after this answer.</summary>
    public bool IsClosing { get; private set; }

    public static async Task<HttpExchange?> ReadAsync(Stream stream, CancellationToken stop)
    {
        var head = new StringBuilder();
        byte[] one = new byte[1];
        while (!(head.Length >= 4 && head.ToString(head.Length - 4, 4) == "\r\n\r\n"))
        {
            if (await stream.ReadAsync(one, stop) == 0)
                return null;
            head.Append((char)one[0]);
        }

        return new HttpExchange(stream, head.ToString(), stop);
    }

    public string Header(string name) => Headers.GetValueOrDefault(name, "");

    /// <summary>Reads the body that Content-Length announces, giving the consent that is asked for.</summary>
    public async Task<(long LengthBytes, Digest Digest)> ReadBodyAsync(Stream? copyTo = null)
    {
        if (Header("Expect") == "100-continue")
            await WriteAsync("HTTP/1.1 100 Continue\r\n\r\n");
        _isBodyRead = true;
        long left = long.Parse(Header("Content-Length"), CultureInfo.InvariantCulture);
        long length = left;
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA512);
        while (left > 0)
        {
            int read = await Stream.ReadAsync(_buffer.AsMemory(0, (int)Math.Min(_buffer.Length, left)), Stopped);
            if (read == 0)
                throw new IOException("The client broke off.");
            hash.AppendData(_buffer, 0, read);
            copyTo?.Write(_buffer, 0, read);
            left -= read;
        }

        return (length, new Digest(hash.GetHashAndReset()));
    }

    /// <summary>Reads past a body that the answer did not wait for: a client may send it all the same, and it is no request.</summary>
    public async Task SkipBodyAsync()
    {
        long left = _isBodyRead || !Headers.TryGetValue("Content-Length", out string? length) ? 0 : long.Parse(length, CultureInfo.InvariantCulture);
        while (left > 0)
        {
            int read = await Stream.ReadAsync(_buffer.AsMemory(0, (int)Math.Min(_buffer.Length, left)), Stopped);
            if (read == 0)
                throw new IOException("The client broke off.");
            left -= read;
        }
    }

    public async Task WriteAsync(string text) => await WriteAsync(Encoding.Latin1.GetBytes(text));

    public async Task WriteAsync(ReadOnlyMemory<byte> bytes)
    {
        await Stream.WriteAsync(bytes, Stopped);
        await Stream.FlushAsync(Stopped);
    }

    /// <summary>A whole answer.</summary>
    public async Task AnswerAsync(int status, string body = "", params string[] headers) =>
        await AnswerAsync(status, Encoding.UTF8.GetBytes(body), headers);

    /// <summary>A whole answer.</summary>
    public async Task AnswerAsync(int status, byte[] body, params string[] headers)
    {
        string type = headers.Any(header => header.StartsWith("Content-Type", StringComparison.Ordinal)) ? "" : "Content-Type: text/plain\r\n";
        await WriteAsync(
            $"HTTP/1.1 {status} Status\r\nContent-Length: {body.Length}\r\n{type}{string.Concat(headers.Select(header => header + "\r\n"))}\r\n");
        if (Method != "HEAD")
            await WriteAsync(body);
    }

    /// <summary>Ends the connection once the handler returns.</summary>
    public void Close() => IsClosing = true;

    /// <summary>Says nothing more until the test is over.</summary>
    public async Task HangAsync()
    {
        Close();
        await Task.Delay(Timeout.Infinite, Stopped);
    }
}
