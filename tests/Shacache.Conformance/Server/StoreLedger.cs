using System.Collections.Concurrent;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using Shacache.Conformance.Wire;

namespace Shacache.Conformance.Server;

/// <summary>What clients sent to a server, and what it acknowledged; compared with what it has after a crash.</summary>
internal sealed class StoreLedger
{
    private readonly ConcurrentDictionary<string, (int LengthBytes, bool Acknowledged)> _blobs = new();
    private readonly ConcurrentDictionary<(string Key, string Information), bool> _entries = new();

    private int _acknowledgements;

    /// <summary>How often the server said that something is stored.</summary>
    public int Acknowledgements => Volatile.Read(ref _acknowledgements);

    public int AcknowledgedBlobs => _blobs.Count(b => b.Value.Acknowledged);

    public int AcknowledgedEntries => _entries.Count(e => e.Value);

    /// <summary>The text of all entries that were sent.</summary>
    public long EntryBytes => _entries.Keys.Sum(e => (long)e.Information.Length);

    public int UnacknowledgedBlobs => _blobs.Count(b => !b.Value.Acknowledged);

    /// <summary>Uploads content.</summary>
    /// <returns>The answer; null when the server went away.</returns>
    public async Task<WireResponse?> UploadAsync(ServerProcess server, byte[] content)
    {
        string digest = Bytes.DigestOf(content);
        _blobs.TryAdd(digest, (content.Length, false));
        WireResponse? response = await TryRequestAsync(
            server, $"POST /shacache HTTP/1.1\r\nContent-Length: {content.Length}\r\nConnection: close\r\n\r\n", content);
        if (response is { Status: 201 } && response.Text == digest)
        {
            _blobs[digest] = (content.Length, true);
            Interlocked.Increment(ref _acknowledgements);
        }

        return response;
    }

    /// <summary>Puts an entry.</summary>
    /// <returns>The answer; null when the server went away.</returns>
    public async Task<WireResponse?> PutEntryAsync(ServerProcess server, string key, string information)
    {
        _entries.TryAdd((key, information), false);
        byte[] body = Encoding.UTF8.GetBytes(Entries.Pair(information, ""));
        WireResponse? response = await TryRequestAsync(
            server, $"PUT /shadir/{key} HTTP/1.1\r\nContent-Length: {body.Length}\r\nConnection: close\r\n\r\n", body);
        if (response is { Status: 201 })
        {
            _entries[(key, information)] = true;
            Interlocked.Increment(ref _acknowledgements);
        }

        return response;
    }

    /// <summary>Every acknowledged object and entry is there; every object that is there is whole; no entry is there that was never sent.</summary>
    /// <returns>The bytes of the objects that are there.</returns>
    public async Task<long> AssertKeptAsync(ServerProcess server)
    {
        long storedBytes = 0;
        await Parallel.ForEachAsync(_blobs, TestContext.Current.CancellationToken, async (blob, _) =>
        {
            bool isStored = await AssertAbsentOrWholeAsync(server, blob.Key, blob.Value.LengthBytes);
            Assert.True(isStored || !blob.Value.Acknowledged, $"Acknowledged and lost: {blob.Key}, {blob.Value.LengthBytes} bytes.");
            if (isStored)
                Interlocked.Add(ref storedBytes, blob.Value.LengthBytes);
        });
        foreach (IGrouping<string, KeyValuePair<(string Key, string Information), bool>> key in _entries.GroupBy(e => e.Key.Key, StringComparer.Ordinal))
        {
            WireResponse listing = await server.Python.ListAsync(key.Key);
            string[] listed = listing.Status == 404 ? [] : [.. Entries.Read(listing).Select(e => e.Information)];
            Assert.Equal(listed.Distinct(StringComparer.Ordinal), listed);
            Assert.Empty(key.Where(e => e.Value).Select(e => e.Key.Information).Except(listed, StringComparer.Ordinal));
            Assert.Empty(listed.Except(key.Select(e => e.Key.Information), StringComparer.Ordinal));
        }

        return storedBytes;
    }

    private static async Task<bool> AssertAbsentOrWholeAsync(ServerProcess server, string digest, int lengthBytes)
    {
        await using WireConnection connection = await WireConnection.OpenAsync(server.Url);
        await connection.SendAsync($"GET /shacache/{digest} HTTP/1.1\r\nHost: {server.Url.Authority}\r\nConnection: close\r\n\r\n");
        WireResponse? head = await connection.ReceiveHeadAsync();
        if (head?.Status == 404)
            return false;
        Assert.Equal(200, head?.Status);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA512);
        byte[] part = new byte[64 * 1024];
        long received = 0;
        while (await connection.ReadAsync(part) is > 0 and var count)
        {
            hash.AppendData(part, 0, count);
            received += count;
        }

        Assert.Equal(lengthBytes, received);
        Assert.Equal(digest, Convert.ToHexStringLower(hash.GetHashAndReset()));
        return true;
    }

    private static async Task<WireResponse?> TryRequestAsync(ServerProcess server, string head, byte[] body)
    {
        try
        {
            await using WireConnection connection = await WireConnection.OpenAsync(server.Url);
            await connection.SendAsync(head.Replace("HTTP/1.1\r\n", $"HTTP/1.1\r\nHost: {server.Url.Authority}\r\n", StringComparison.Ordinal));
            await connection.TrySendAsync(body);
            return await connection.TryReceiveAsync();
        }
        catch (Exception e) when (e is IOException or SocketException)
        {
            return null;
        }
    }
}
