using System.Buffers;
using System.Net;
using Shacache.Client.Configuration;
using Shacache.Client.Http;
using Shacache.Core.Entries;

namespace Shacache.Client;

/// <summary>Puts one entry into a directory (docs/protocol.md, "Directory").</summary>
internal sealed class EntryPut
{
    private readonly HttpTransport _transport;
    private readonly NetworkCacheOptions _options;
    private readonly EntryKey _key;
    private readonly ReadOnlyMemory<byte> _document;

    public EntryPut(HttpTransport transport, NetworkCacheOptions options, EntryKey key, SignedEntry entry)
    {
        _transport = transport;
        _options = options;
        _key = key;
        var document = new ArrayBufferWriter<byte>();
        EntryDocument.WritePair(document, entry);
        _document = document.WrittenMemory;
    }

    /// <summary>Repeating it is harmless: an identical entry is listed once.</summary>
    public async Task<bool> PutAsync(CacheUrl server, CancellationToken cancellationToken)
    {
        using TransferClock clock = _transport.StartClock(cancellationToken);
        var request = new CacheRequest(HttpMethod.Put, server, server.Append(_key.ToPathSegment()))
        {
            Body = _ =>
            {
                var body = new ReadOnlyMemoryContent(_document);
                body.Headers.ContentType = new("application/json");
                return body;
            },
        };
        using HttpResponseMessage response = await _transport.SendAsync(request, clock).ConfigureAwait(false);
        if (response.StatusCode != HttpStatusCode.Created)
            throw await _transport.ReadFailureAsync(request, response, clock).ConfigureAwait(false);
        return true;
    }
}
