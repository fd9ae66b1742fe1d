using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Shacache.Core.Entries;
using Shacache.Core.Transfers;
using Shacache.Core.Upstreams;

namespace Shacache.Http.Upstreams.Mirror;

/// <summary>Writes <c>{"removed": [keys], "updated": [keys]}</c> while the keys come, in either order and any number: the second list waits in a file.</summary>
internal sealed class RefreshAnswer(HttpContext context, SpoolFile spool) : IDisposable
{
    private const int CopyBytes = 64 * 1024;
    private readonly CancellationToken _aborted = context.RequestAborted;
    private long _spooled;
    private bool _hasRemoved;

    public void Dispose() => spool.Dispose();

    public ValueTask BeginAsync() => WriteAsync("{\"removed\": ["u8.ToArray());

    public ValueTask AddRemovedAsync(EntryKey key)
    {
        byte[] text = Quote(key, isFirst: !_hasRemoved);
        _hasRemoved = true;
        return WriteAsync(text);
    }

    public async ValueTask AddUpdatedAsync(EntryKey key)
    {
        byte[] text = Quote(key, isFirst: _spooled == 0);
        await spool.WriteAsync(text, _spooled);
        _spooled += text.Length;
    }

    /// <summary>Something that means nothing, so that no proxy takes a long refresh for a dead connection.</summary>
    public ValueTask KeepAliveAsync() => WriteAsync("\n"u8.ToArray());

    public async ValueTask EndAsync()
    {
        await WriteAsync("], \"updated\": ["u8.ToArray());
        byte[] buffer = new byte[CopyBytes];
        for (long offset = 0; offset < _spooled;)
        {
            int count = spool.Read(buffer, offset);
            await WriteAsync(buffer.AsMemory(0, count));
            offset += count;
        }

        await WriteAsync("]}\n"u8.ToArray());
    }

    private static byte[] Quote(EntryKey key, bool isFirst)
    {
        using var text = new MemoryStream();
        if (!isFirst)
            text.Write(", "u8);
        JsonSerializer.Serialize(text, key.Value, MirrorDocuments.Default.String);
        return text.ToArray();
    }

    private async ValueTask WriteAsync(ReadOnlyMemory<byte> bytes) => await context.Response.BodyWriter.WriteAsync(bytes, _aborted);
}
