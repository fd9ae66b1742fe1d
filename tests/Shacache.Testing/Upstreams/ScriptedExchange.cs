using System.Net.Sockets;
using System.Text;

namespace Shacache.Testing.Upstreams;

/// <summary>One request and its connection, in the hands of a script. What it sends is never checked: an upstream may do anything.</summary>
public sealed class ScriptedExchange(ScriptedRequest request, Socket socket, CancellationToken stop)
{
    public ScriptedRequest Request => request;

    /// <summary>The test is over.</summary>
    public CancellationToken Stop => stop;

    public async Task SendAsync(string latin1) => await SendAsync(Encoding.Latin1.GetBytes(latin1));

    public async Task SendAsync(ReadOnlyMemory<byte> bytes)
    {
        while (!bytes.IsEmpty)
            bytes = bytes[await socket.SendAsync(bytes, stop)..];
    }

    /// <summary>The body of the request, as long as its Content-Length says.</summary>
    public async Task<byte[]> ReadBodyAsync()
    {
        byte[] body = new byte[request.Headers.TryGetValue("Content-Length", out string? length) ? int.Parse(length) : 0];
        if (request.Headers.ContainsKey("Expect"))
            await SendAsync("HTTP/1.1 100 Continue\r\n\r\n");
        for (int read = 0; read < body.Length;)
        {
            int count = await socket.ReceiveAsync(body.AsMemory(read), stop);
            if (count == 0)
                throw new EndOfStreamException($"The body ends after {read} of {body.Length} bytes.");
            read += count;
        }

        return body;
    }

    /// <summary>A status without a body.</summary>
    public Task AnswerAsync(int status, string headers = "") => SendAsync($"HTTP/1.1 {status} Scripted\r\nContent-Length: 0\r\n{headers}\r\n");

    /// <summary>The head of an answer with the content from an offset on.</summary>
    public Task SendHeadAsync(long lengthBytes, long offset = 0, string headers = "") => SendAsync(
        offset == 0
            ? $"HTTP/1.1 200 OK\r\nContent-Length: {lengthBytes}\r\nAccept-Ranges: bytes\r\n{headers}\r\n"
            : $"HTTP/1.1 206 Partial Content\r\nContent-Length: {lengthBytes - offset}\r\nContent-Range: bytes {offset}-{lengthBytes - 1}/{lengthBytes}\r\n{headers}\r\n");

    /// <summary>Answers as a good server does: whole, or from where the range begins; HEAD without a body.</summary>
    public async Task ServeAsync(byte[] content)
    {
        long offset = request.RangeStart ?? 0;
        await SendHeadAsync(content.Length, offset);
        if (request.Method != "HEAD")
            await SendAsync(content.AsMemory((int)offset));
    }

    /// <summary>Says nothing any more until the client, or the test, ends.</summary>
    public async Task HangAsync()
    {
        byte[] ignored = new byte[1024];
        while (await socket.ReceiveAsync(ignored, stop) > 0)
        {
        }
    }

    /// <summary>Dies: the client sees a reset.</summary>
    public void Reset() => socket.Close(0);

    /// <summary>Ends the connection where it stands.</summary>
    public void End() => socket.Shutdown(SocketShutdown.Send);
}
