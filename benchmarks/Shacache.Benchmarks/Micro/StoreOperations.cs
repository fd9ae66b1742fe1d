using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using Shacache.Benchmarks.Cases;
using Shacache.Benchmarks.Load;
using Shacache.Blobs.FileSystem;
using Shacache.Core.Blobs;
using Shacache.Core.Entries;
using Shacache.Database.Sqlite;

namespace Shacache.Benchmarks.Micro;

/// <summary>The operations of the embedded stores, on the disk, durable as in the server.</summary>
internal static class StoreOperations
{
    private const int SmallBytes = 4 << 10;
    private const long LargeBytes = 1L << 30;
    private const int Entries = 10_000;

    public static async IAsyncEnumerable<(string Name, Func<ValueTask> Operation)> PrepareAsync(
        string folder, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using FileSystemBlobStore blobs = FileSystemBlobStore.Open(new FileSystemBlobOptions { DataFolder = Path.Combine(folder, "content") });
        var ingester = new BlobIngester(blobs);

        byte[] small = RandomNumberGenerator.GetBytes(SmallBytes);
        long number = 0;
        async ValueTask IngestSmallAsync()
        {
            BinaryPrimitives.WriteInt64LittleEndian(small, number++);
            await IngestAsync(ingester, new MemoryStream(small), cancellationToken);
        }

        yield return ("ingest 4 KiB into the file store", IngestSmallAsync);

        string large = Path.Combine(folder, "large");
        Content.WriteRandomFile(large, LargeBytes, cancellationToken);
        async ValueTask IngestLargeAsync()
        {
            Content.Alter(large);
            await using FileStream source = new(large, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
            Digest digest = await IngestAsync(ingester, source, cancellationToken);
            await blobs.DeleteAsync(digest, cancellationToken);
        }

        yield return ("ingest 1 GiB into the file store", IngestLargeAsync);

        Digest stored = await IngestAsync(ingester, new MemoryStream(small), cancellationToken);
        byte[] buffer = new byte[SmallBytes];
        async ValueTask ReadFileAsync()
        {
            await using IBlob blob = (await blobs.OpenAsync(stored, cancellationToken))!;
            await blob.ReadAsync(0, buffer, cancellationToken);
        }

        yield return ("open and read 4 KiB of the file store", ReadFileAsync);

        var cached = new MemoryCachedBlobStore(blobs, 64 << 20);
        async ValueTask ReadMemoryAsync()
        {
            await using IBlob blob = (await cached.OpenAsync(stored, cancellationToken))!;
            _ = blob.Content;
        }

        yield return ("open 4 KiB of the memory cache", ReadMemoryAsync);

        await EntryFill.RunAsync(folder, Entries, cancellationToken);
        await using SqliteDatabase database = await SqliteDatabase.OpenAsync(
            Path.Combine(folder, Servers.ShacacheServer.DatabaseFile), TimeProvider.System, cancellationToken);
        EntryKey[] keys = [.. Enumerable.Range(0, Entries).Select(i => EntryKey.Create(EntryTemplate.Key(StampedRequests.Stamp(i))))];
        int next = 0;
        yield return ($"entry lookup, one of {Entries:#,##0}", async () => await database.Entries.ListAsync(keys[next = (next + 7919) % Entries], cancellationToken));
    }

    private static async ValueTask<Digest> IngestAsync(BlobIngester ingester, Stream source, CancellationToken cancellationToken)
    {
        IngestResult result = await ingester.IngestAsync(source, source.Length, long.MaxValue, null, cancellationToken);
        return result.Status is IngestStatus.Created or IngestStatus.AlreadyStored
            ? result.Digest
            : throw new InvalidOperationException($"The ingestion ended with {result.Status}.");
    }
}
