using System.Buffers.Binary;
using Shacache.Benchmarks.Servers;
using Shacache.Core.Blobs;
using Shacache.Database.Sqlite;

namespace Shacache.Benchmarks.Cases;

/// <summary>Fills the blob index of a data folder, through the store itself, while no server runs on it: rows without content.</summary>
internal static class ObjectFill
{
    private const int LengthBytes = 4 << 10;

    // One flush for each batch.
    private const int BatchRows = 50_000;

    /// <summary>Adds so many objects.</summary>
    public static async Task RunAsync(string dataFolder, int objects, CancellationToken cancellationToken)
    {
        await using SqliteDatabase database = await SqliteDatabase.OpenAsync(
            Path.Combine(dataFolder, ShacacheServer.DatabaseFile), TimeProvider.System, cancellationToken);
        byte[] digest = new byte[Digest.LengthBytes];
        foreach (int[] numbers in Enumerable.Range(0, objects).Chunk(BatchRows))
        {
            await database.BlobIndex.WriteAsync([.. numbers.Select(number =>
            {
                // In their order: at random places of the index, most of the time would go into pages that are not in its cache.
                BinaryPrimitives.WriteUInt32BigEndian(digest, (uint)number);
                return KeyValuePair.Create(new Digest(digest), BlobNote.Stored(LengthBytes, number));
            })], cancellationToken);
        }
    }
}
