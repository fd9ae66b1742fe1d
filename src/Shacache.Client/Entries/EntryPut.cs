using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
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

    public EntryPut(HttpTransport transport, NetworkCacheOptions options, EntryKey key, SignedEntry entry)
    {
        _transport = transport;
        _options = options;
        _key = key;
        _entry = entry;
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
            Body = _ => UploadBody.ForEntry(_entry),
        };
        using HttpResponseMessage response = await _transport.SendAsync(request, clock).ConfigureAwait(false);
        if (response.StatusCode != HttpStatusCode.Created)
            throw await _transport.ReadFailureAsync(request, response, clock).ConfigureAwait(false);
        return true;
    }
}

/// <summary>Finds out whether an entry that is about to be put is listed already but for the time at which it was made.</summary>
internal static class ListedTwin
{
    /// <summary>Members that differ although nothing else does: when it was made, and the signature of that.</summary>
    private static readonly string[] Varying = ["created", "sig2"];

    /// <summary>Members by which clients choose among the entries of one key: entries that differ in them do not stand in each other's way.</summary>
    private static readonly string[] Choosing = ["multiarch", "machine", "os", "software_root"];

    /// <summary>The listed entry that makes another one of no use.</summary>
    /// <param name="listed">What is listed, newest first.</param>
    /// <param name="entry">What is about to be put under the same key.</param>
    /// <param name="isOwn">Whether a listed entry was signed by the same key.</param>
    /// <returns>Null when there is none, or when other content is listed before it: clients would take that.</returns>
    public static SignedEntry? Find(IReadOnlyList<SignedEntry> listed, SignedEntry entry, Func<SignedEntry, bool> isOwn)
    {
        JsonObject? sought = Read(entry);
        foreach (SignedEntry one in listed)
        {
            JsonObject? found = Read(one);
            if (one.Digest == entry.Digest && JsonNode.DeepEquals(found, sought) && isOwn(one))
                return one;
            if (one.Digest != entry.Digest && (found is null || Choosing.All(name => JsonNode.DeepEquals(found[name], sought?[name]))))
                return null;
        }

        return null;
    }

    private static JsonObject? Read(SignedEntry entry)
    {
        try
        {
            if (JsonNode.Parse(entry.Information) is not JsonObject information)
                return null;
            foreach (string name in Varying)
                information.Remove(name);
            return information;
        }
        catch (Exception e) when (e is JsonException or ArgumentException)
        {
            // Such as a member that is there twice.
            return null;
        }
    }
}
