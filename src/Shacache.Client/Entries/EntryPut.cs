using System.Buffers;
using System.Net;
using Shacache.Client.Configuration;
using Shacache.Client.Http;
using Shacache.Core.Entries;
using Shacache.Protocol;

namespace Shacache.Client.Entries;

/// <summary>Puts one entry into a directory (docs/protocol.md, "Directory").</summary>
internal sealed class EntryPut
{
    private readonly HttpTransport _transport;
    private readonly NetworkCacheOptions _options;
    private readonly EntryKey _key;
    private readonly SignedEntry _entry;
    private readonly ReadOnlyMemory<byte> _document;

    public EntryPut(HttpTransport transport, NetworkCacheOptions options, EntryKey key, SignedEntry entry)
    {
        _transport = transport;
        _options = options;
        _key = key;
        _entry = entry;
        var document = new ArrayBufferWriter<byte>();
        EntryDocument.WritePair(document, entry);
        _document = document.WrittenMemory;
    }

    /// <summary>Puts it, unless the server lists the same already: every repetition of an upload would be one entry more.</summary>
    /// <param name="isOwn">Whether a listed entry was signed by the same key.</param>
    /// <param name="server">The server.</param>
    /// <param name="cancellationToken">Stops.</param>
    /// <returns>What is listed now.</returns>
    public async Task<SignedEntry> PutUnlessListedAsync(Func<SignedEntry, bool> isOwn, CacheUrl server, CancellationToken cancellationToken)
    {
        var listing = new EntryListing(_transport, _options with { OnWarning = null }, _key) { AsksServerAlone = true };
        try
        {
            if (await listing.ReadStoredAsync(server, cancellationToken).ConfigureAwait(false) is { IsCertain: true, Entries: var listed } &&
                ListedTwin.Find(listed, _entry, isOwn) is { } twin)
            {
                return twin;
            }
        }
        catch (RequestFailure)
        {
            // Some servers take entries and show none. Putting it tells whether it is more than that.
        }

        await PutAsync(server, cancellationToken).ConfigureAwait(false);
        return _entry;
    }

    /// <summary>Repeating it is harmless: an identical entry is listed once.</summary>
    public async Task<bool> PutAsync(CacheUrl server, CancellationToken cancellationToken)
    {
        using ExchangeClock clock = _transport.StartClock(_options, cancellationToken);
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
