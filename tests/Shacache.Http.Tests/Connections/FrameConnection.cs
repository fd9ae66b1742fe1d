using System.Buffers.Binary;
using System.Net.Security;
using System.Security.Authentication;
using System.Text;
using Shacache.Http.Tests.Tls;

namespace Shacache.Http.Tests.Connections;

/// <summary>HTTP/2 frame by frame, for what no HTTP client would do: it opens no window unless it is told to.</summary>
internal sealed class FrameConnection : IAsyncDisposable
{
    private const int MaxFrameBytes = 16 * 1024;
    private const byte Data = 0;
    private const byte Headers = 1;
    private const byte Reset = 3;
    private const byte Settings = 4;
    private const byte EndStream = 1;
    private const byte EndHeaders = 4;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly SslStream _stream;
    private int _lastStream = -1;

    private FrameConnection(SslStream stream) => _stream = stream;

    public static async Task<FrameConnection> OpenAsync(TlsSite site)
    {
        var connection = new FrameConnection(await site.HandshakeAsync(SslProtocols.None, SslApplicationProtocol.Http2));
        await connection._stream.WriteAsync("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8.ToArray(), TestContext.Current.CancellationToken);

        // SETTINGS_INITIAL_WINDOW_SIZE = 0
        await connection.WriteFrameAsync(Settings, 0, 0, [0, 4, 0, 0, 0, 0]);
        return connection;
    }

    /// <summary>Sends a GET.</summary>
    /// <returns>The number of its stream.</returns>
    public Task<int> GetAsync(string path, params (string Name, string Value)[] headers) => AskAsync(0x82, EndStream | EndHeaders, path, headers);

    /// <summary>Sends a POST and the beginning of its body.</summary>
    /// <returns>The number of its stream.</returns>
    public async Task<int> PostAsync(string path, int lengthBytes, byte[] beginning)
    {
        int stream = await AskAsync(0x83, EndHeaders, path, ("content-length", $"{lengthBytes}"));
        foreach (byte[] part in beginning.Chunk(MaxFrameBytes))
            await WriteFrameAsync(Data, 0, stream, part);
        return stream;
    }

    private async Task<int> AskAsync(byte method, int flags, string path, params (string Name, string Value)[] headers)
    {
        _lastStream += 2;

        // Indexed: method, https. Literal, without indexing: path, authority, and the others.
        var block = new List<byte> { method, 0x87, 0x04 };
        AddText(block, path);
        block.Add(0x01);
        AddText(block, "localhost");
        foreach ((string name, string value) in headers)
        {
            block.Add(0);
            AddText(block, name);
            AddText(block, value);
        }

        await WriteFrameAsync(Headers, flags, _lastStream, [.. block]);
        return _lastStream;
    }

    /// <summary>Reads until a stream is reset.</summary>
    /// <returns>The error code.</returns>
    public async Task<uint> ReadResetAsync(int stream)
    {
        while (true)
        {
            (byte type, _, int of, byte[] payload) = await ReadFrameAsync();
            if (type == Reset && of == stream)
                return BinaryPrimitives.ReadUInt32BigEndian(payload);
        }
    }

    /// <summary>Reads until the head of an answer.</summary>
    /// <returns>Its first field, encoded: 0x88 is status 200, 0x8c is 400.</returns>
    public async Task<byte> ReadHeadAsync(int stream)
    {
        while (true)
        {
            (byte type, _, int of, byte[] payload) = await ReadFrameAsync();
            if (type == Headers && of == stream)
                return payload[0];
        }
    }

    public ValueTask DisposeAsync() => _stream.DisposeAsync();

    private static void AddText(List<byte> block, string text)
    {
        int rest = text.Length - 127;
        block.Add((byte)Math.Min(text.Length, 127));
        for (; rest >= 128; rest >>= 7)
            block.Add((byte)((rest & 127) | 128));
        if (rest >= 0)
            block.Add((byte)rest);
        block.AddRange(Encoding.ASCII.GetBytes(text));
    }

    private async Task WriteFrameAsync(byte type, int flags, int stream, byte[] payload)
    {
        byte[] frame = new byte[9 + payload.Length];
        BinaryPrimitives.WriteInt32BigEndian(frame, payload.Length << 8);
        frame[3] = type;
        frame[4] = (byte)flags;
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(5), stream);
        payload.CopyTo(frame, 9);
        await _stream.WriteAsync(frame, TestContext.Current.CancellationToken);
    }

    private async Task<(byte Type, byte Flags, int Stream, byte[] Payload)> ReadFrameAsync()
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        patience.CancelAfter(Patience);
        byte[] head = new byte[9];
        await _stream.ReadExactlyAsync(head, patience.Token);
        byte[] payload = new byte[BinaryPrimitives.ReadInt32BigEndian(head) >> 8];
        await _stream.ReadExactlyAsync(payload, patience.Token);
        return (head[3], head[4], BinaryPrimitives.ReadInt32BigEndian(head.AsSpan(5)), payload);
    }
}
