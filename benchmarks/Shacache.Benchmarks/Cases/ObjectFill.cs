using System.Runtime.CompilerServices;
using Shacache.Benchmarks.Load;
using Shacache.Benchmarks.Servers;
using Shacache.Core.Blobs;
using Shacache.Database.Sqlite;

namespace Shacache.Benchmarks.Cases;

/// <summary>Fills the blob index of a data folder, through the store itself, while no server runs on it: rows without content.</summary>
internal static class ObjectFill
{
    private const int LengthBytes = 4 << 10;

    /// <summary>Adds so many objects.</summary>
    public static async Task RunAsync(string dataFolder, int objects, CancellationToken cancellationToken)
    {
        await using SqliteDatabase database = await SqliteDatabase.OpenAsync(
            Path.Combine(dataFolder, ShacacheServer.DatabaseFile), TimeProvider.System, cancellationToken);
        BlobTotals totals = await database.BlobIndex.RebuildAsync(ListAsync(objects, cancellationToken), cancellationToken);
        if (totals.Count != objects)
            throw new LoadException($"the index holds {totals.Count} objects instead of {objects}");
    }

    private static async IAsyncEnumerable<BlobInfo> ListAsync(int objects, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await Task.CompletedTask;
        byte[] digest = new byte[Digest.LengthBytes];
        for (int i = 0; i < objects; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            // In no order, as those of real content are.
            Random.Shared.NextBytes(digest);
            yield return new BlobInfo(new Digest(digest), LengthBytes, DateTimeOffset.UnixEpoch.AddSeconds(i));
        }
    }
}
