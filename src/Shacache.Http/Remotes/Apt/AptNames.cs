using System.IO.Compression;
using Microsoft.Extensions.Logging;
using Shacache.Core.Blobs;
using Shacache.Core.Transfers;
using Shacache.Http.Gateway;
using Shacache.Http.Gateway.Origins;
using Shacache.Http.Logging;
using Shacache.Http.Remotes.Indexes;

namespace Shacache.Http.Remotes.Apt;

/// <summary>What the indexes that clients use say of packages: where a package is, and its hash.</summary>
internal sealed class AptNames(AptStates states, AptFolders folders, GatewayIndex copies, TimeProvider time, ILogger<AptNames> logger) : IDisposable
{
    /// <summary>So many names are held at most, of 40 bytes each: ten times Debian's for one machine.</summary>
    private const int MaxNames = 1_000_000;

    private const int MaxStates = 1000;

    /// <summary>How long it is not looked which further indexes came.</summary>
    private static readonly TimeSpan Memory = TimeSpan.FromSeconds(5);

    private readonly SemaphoreSlim _reading = new(1);
    private readonly Dictionary<FileHash, AptNameTable> _tables = [];
    private readonly Dictionary<Digest, (long At, IReadOnlyList<AptNameTable> Tables)> _states = [];

    /// <summary>Finds a package.</summary>
    /// <param name="remote">The remote.</param>
    /// <param name="path">Its path below the remote.</param>
    /// <param name="cancellationToken">Stops.</param>
    /// <returns>The URL of the remote that is asked for it, and its hash; null for that when no index that is here names it.</returns>
    public async ValueTask<(string Place, FileHash? Hash)> FindAsync(Remote remote, string path, CancellationToken cancellationToken)
    {
        string? place = null;
        foreach (string folder in await folders.GetAsync(remote, cancellationToken))
        {
            if (await states.FindAsync(remote, folder, handed: null, cancellationToken) is not { } state)
                continue;
            place ??= state.Place;
            foreach (AptNameTable table in await GetTablesAsync(remote, state, cancellationToken))
            {
                foreach (string name in Spellings(folder, path))
                {
                    if (table.Find(name) is { } hash)
                        return (state.Place, hash);
                }
            }
        }

        return (place ?? remote.Urls[0].Text, null);
    }

    public void Dispose() => _reading.Dispose();

    /// <summary>A name is relative to what a client has in its list of sources: the folder above <c>dists</c>, or any above a Release file without that.</summary>
    private static IEnumerable<string> Spellings(string folder, string path)
    {
        int lists = $"/{folder}".LastIndexOf("/dists/", StringComparison.Ordinal);
        foreach (string above in lists >= 0 ? [folder[..lists]] : AptPath.FoldersAbove(folder))
        {
            if (path.StartsWith(above, StringComparison.Ordinal))
                yield return path[above.Length..];
        }
    }

    private async ValueTask<IReadOnlyList<AptNameTable>> GetTablesAsync(Remote remote, AptState state, CancellationToken cancellationToken)
    {
        // One at a time reads indexes: all others want the same ones.
        await _reading.WaitAsync(cancellationToken);
        try
        {
            if (_states.TryGetValue(state.Digest, out (long At, IReadOnlyList<AptNameTable> Tables) known) && time.GetElapsedTime(known.At) < Memory)
                return known.Tables;
            List<AptNameTable> tables = [];
            IEnumerable<string> used = (await states.FindUsedAsync(remote, state, cancellationToken)).Select(AptRelease.WithoutCompression).Distinct(StringComparer.Ordinal);
            foreach (string index in used.Where(index => index[AptPath.FolderOf(index).Length..] is "Packages" or "Sources"))
            {
                if (await FindTableAsync(remote, state, index, cancellationToken) is { } table)
                    tables.Add(table);
            }

            if (_states.Count > MaxStates)
                _states.Clear();
            _states[state.Digest] = (time.GetTimestamp(), tables);
            return tables;
        }
        finally
        {
            _reading.Release();
        }
    }

    /// <summary>Reads an index in the form that this program can read, which may have to be fetched beside the one that clients prefer.</summary>
    /// <returns>Null when there is none.</returns>
    private async ValueTask<AptNameTable?> FindTableAsync(Remote remote, AptState state, string index, CancellationToken cancellationToken)
    {
        foreach (string path in (string[])[$"{index}.gz", index])
        {
            if (!state.Release.Files.TryGetValue(path, out FileHash? hash))
                continue;
            if (_tables.TryGetValue(hash, out AptNameTable? known))
                return known;
            AptFile file = AptFile.OfIndex(state, path, hash);
            try
            {
                await states.KeepAsync(remote, file, mayBeMissing: true, cancellationToken);
                await using GatewayCopy? copy = await copies.FindRecordAsync(remote.RecordOf("file", file.Path), cancellationToken);
                if (copy is null)
                    continue;
                await using var content = new BlobStream(copy.Blob);
                await using Stream plain = path == index ? content : new GZipStream(content, CompressionMode.Decompress);
                AptNameTable table = await AptNameTable.ReadAsync(plain, MaxNames, cancellationToken);
                if (_tables.Values.Sum(other => other.Count) + table.Count > MaxNames)
                    _tables.Clear();
                return _tables[hash] = table;
            }
            catch (Exception e) when (e is GatewayException or InvalidDataException)
            {
                Log.NamesNotRead(logger, remote.Name, path, e.Message);
            }
        }

        return null;
    }
}
