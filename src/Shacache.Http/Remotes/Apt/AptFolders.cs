using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Text;
using Shacache.Core.Blobs;
using Shacache.Core.Entries;
using Shacache.Core.Transfers;
using Shacache.Http.Gateway;
using Shacache.Http.Gateway.Origins;
using Shacache.Http.Remotes.Indexes;

namespace Shacache.Http.Remotes.Apt;

/// <summary>The folders of each repository whose Release files clients asked for: packages are looked up in the indexes of these. Kept, so that a restart changes nothing.</summary>
internal sealed class AptFolders(GatewayIndex copies, BlobIngester ingester) : IDisposable
{
    /// <summary>Further ones are not remembered: their packages are kept without a hash.</summary>
    private const int MaxCount = 500;

    private const int MaxBytes = 1 << 20;

    private readonly ConcurrentDictionary<string, ImmutableSortedSet<string>> _known = new(StringComparer.Ordinal);
    private readonly SemaphoreSlim _writing = new(1);

    public async ValueTask<ImmutableSortedSet<string>> GetAsync(Remote remote, CancellationToken cancellationToken)
    {
        if (_known.TryGetValue(remote.Name, out ImmutableSortedSet<string>? known))
            return known;
        await using GatewayCopy? copy = await copies.FindRecordAsync(RecordOf(remote), cancellationToken);
        if (copy is null || copy.Blob.LengthBytes > MaxBytes)
            return [];
        byte[] text = new byte[copy.Blob.LengthBytes];
        await using (var content = new BlobStream(copy.Blob))
            await content.ReadExactlyAsync(text, cancellationToken);
        return _known.GetOrAdd(remote.Name, [.. Encoding.UTF8.GetString(text).Split('\n')]);
    }

    public async ValueTask NoteAsync(Remote remote, string folder, CancellationToken cancellationToken)
    {
        if ((await GetAsync(remote, cancellationToken)).Contains(folder))
            return;
        await _writing.WaitAsync(cancellationToken);
        try
        {
            ImmutableSortedSet<string> all = (await GetAsync(remote, cancellationToken)).Add(folder);
            byte[] text = Encoding.UTF8.GetBytes(string.Join('\n', all));
            if (all.Count > MaxCount || text.Length > MaxBytes)
                return;
            IngestResult result = await ingester.IngestAsync(new MemoryStream(text), text.Length, MaxBytes, expected: null, cancellationToken);
            await copies.NoteAsync(RecordOf(remote), [RecordOf(remote)], new OriginFile(remote.Urls[0]), result.Digest, OriginMetadata.None, cancellationToken);
            _known[remote.Name] = all;
        }
        finally
        {
            _writing.Release();
        }
    }

    public void Dispose() => _writing.Dispose();

    private static EntryKey RecordOf(Remote remote) => remote.RecordOf("folders", "");
}
