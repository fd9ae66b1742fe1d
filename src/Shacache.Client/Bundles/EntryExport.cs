using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using Shacache.Client.Errors;
using Shacache.Core.Blobs;
using Shacache.Core.Entries;

namespace Shacache.Client.Bundles;

/// <summary>Writes the entries of keys into a bundle, after their contents.</summary>
internal sealed class EntryExport(
    BundleWriter bundle, NetworkCacheClient client, ContentExport contents, Action<BundleRefusal>? refused, string folder) : IAsyncDisposable
{
    private readonly IndexSpool _lines = new(folder);
    private readonly SemaphoreSlim _turn = new(1);
    private readonly FailureLimit _failures = new();
    private readonly Lock _lock = new();

    // Sixteen bytes of a digest identify a key, so that a million keys need little memory.
    private readonly HashSet<UInt128> _seen = [];

    public int KeyCount { get; private set; }

    public int EntryCount { get; private set; }

    public int RefusedCount { get; private set; }

    public int EmptyKeyCount { get; private set; }

    public int MissingDocumentCount { get; private set; }

    public async Task RunAsync(IAsyncEnumerable<EntryKey> keys, int jobs, CancellationToken cancellationToken)
    {
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = jobs, CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(keys, parallel, async (key, token) =>
        {
            if (IsNew(key))
                await ExportAsync(key, token).ConfigureAwait(false);
        }).ConfigureAwait(false);
    }

    /// <summary>The lines of the index for the entries.</summary>
    public BundleSlice ReadLines() => _lines.Read();

    public async ValueTask DisposeAsync()
    {
        _turn.Dispose();
        await _lines.DisposeAsync().ConfigureAwait(false);
    }

    private async Task ExportAsync(EntryKey key, CancellationToken cancellationToken)
    {
        if (await TryListAsync(key, cancellationToken).ConfigureAwait(false) is not { } listed)
            return;
        List<SignedEntry> complete = [];
        foreach (SignedEntry entry in listed)
        {
            if (await contents.EnsureAsync(entry.Digest, cancellationToken).ConfigureAwait(false) is { } problem)
                Refuse(key, entry.Digest, problem);
            else
                complete.Add(entry);
        }

        foreach (Digest document in complete.SelectMany(EntryDocuments.Of).Distinct().ToArray())
        {
            if (await contents.EnsureAsync(document, cancellationToken).ConfigureAwait(false) is { } problem)
                Miss(key, document, problem);
        }

        if (complete.Count == 0)
            return;
        // A listing has the newest first; an import must put the oldest first.
        complete.Reverse();
        await AddAsync(key, complete, cancellationToken).ConfigureAwait(false);
    }

    private async Task<IReadOnlyList<SignedEntry>?> TryListAsync(EntryKey key, CancellationToken cancellationToken)
    {
        try
        {
            IReadOnlyList<SignedEntry> listed = await client.ListAsync(key, cancellationToken).ConfigureAwait(false);
            _failures.Reset();
            if (listed.Count > 0)
                return listed;
            Refuse(key, null, "nothing is listed under the key");
        }
        catch (NetworkCacheException e) when (!_failures.IsExceededBy(e))
        {
            Refuse(key, null, OneLine.Of(e));
        }

        return null;
    }

    private async Task AddAsync(EntryKey key, List<SignedEntry> entries, CancellationToken cancellationToken)
    {
        // The entries of a key are adjacent, in file and index.
        await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (EntryCount > BundleLayout.MaxEntries - entries.Count)
                throw new BundleException($"A bundle has at most {BundleLayout.MaxEntries} entries: export less at a time.");
            var document = new ArrayBufferWriter<byte>();
            foreach (SignedEntry entry in entries)
            {
                document.ResetWrittenCount();
                EntryDocument.WritePair(document, entry);
                BundleRegion region = await bundle.AddAsync($"entries/{EntryCount + 1:D8}.json", document.WrittenMemory, cancellationToken).ConfigureAwait(false);
                _lines.Add($"e {region.Offset} {region.LengthBytes} {Digest.Compute(document.WrittenSpan)} {contents.PlaceOf(entry.Digest)} {key.ToPathSegment()}");
                EntryCount++;
            }

            KeyCount++;
        }
        finally
        {
            _turn.Release();
        }
    }

    private bool IsNew(EntryKey key)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes(key.Value), hash);
        lock (_lock)
            return _seen.Add(System.Buffers.Binary.BinaryPrimitives.ReadUInt128BigEndian(hash));
    }

    /// <summary>Without its documents a release installs where it was built for, so that its entry is of use.</summary>
    private void Miss(EntryKey key, Digest document, string reason)
    {
        lock (_lock)
        {
            MissingDocumentCount++;
            refused?.Invoke(new BundleRefusal(key.Value, document, $"the entry is exported without its relocation map or requirements, so that its release cannot be moved: {reason}"));
        }
    }

    private void Refuse(EntryKey key, Digest? content, string reason)
    {
        lock (_lock)
        {
            if (content is null)
                EmptyKeyCount++;
            else
                RefusedCount++;
            refused?.Invoke(new BundleRefusal(key.Value, content, reason));
        }
    }
}
