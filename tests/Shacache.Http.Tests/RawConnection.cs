using System.Net.Sockets;
using System.Text;

namespace Shacache.Http.Tests;

/// <summary>A TCP connection on which a test sends what no HTTP client would. Every character is one byte (Latin-1). Reads are bounded.</summary>
internal sealed class RawConnection(Socket socket) : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    public async Task SendAsync(string bytes) =>
        await socket.SendAsync(Encoding.Latin1.GetBytes(bytes), TestContext.Current.CancellationToken);

    public void EndSending() => socket.Shutdown(SocketShutdown.Send);

    /// <summary>What comes until the server closes the connection, or resets it.</summary>
    public Task<string> ReadToEndAsync() => ReadAsync(_ => false);

    /// <summary>What comes until it holds a text; fails when the connection ends before.</summary>
    public async Task<string> ReadUntilAsync(string text)
    {
        string received = await ReadAsync(all => all.ToString().Contains(text, StringComparison.Ordinal));
        Assert.Contains(text, received, StringComparison.Ordinal);
        return received;
    }

    /// <summary>Reads exactly so many bytes, or up to the end.</summary>
    public Task<string> ReadBytesAsync(int count) => ReadAsync(all => all.Length >= count);

    /// <summary>Closes with a reset, as a client that dies does.</summary>
    public void Reset() => socket.Close(0);

    public void Dispose() => socket.Dispose();

    private async Task<string> ReadAsync(Func<StringBuilder, bool> isEnough)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        patience.CancelAfter(Patience);
        var received = new StringBuilder();
        byte[] buffer = new byte[64 * 1024];
        try
        {
            int count;
            while (!isEnough(received) && (count = await socket.ReceiveAsync(buffer, patience.Token)) > 0)
                received.Append(Encoding.Latin1.GetString(buffer, 0, count));
        }
        catch (SocketException)
        {
            // A reset ends what was received.
        }

        return received.ToString();
    }
}
