using Shacache.Benchmarks.Load;
using Shacache.Benchmarks.Servers;
using Shacache.Core.Entries;
using Shacache.Database.Sqlite;

namespace Shacache.Benchmarks.Cases;

/// <summary>Fills the directory of a data folder, through the store itself, while no server runs on it.</summary>
internal static class EntryFill
{
    // Many at once, so that the store's group commit has something to group.
    private const int Writers = 1024;

    /// <summary>Adds the entries that are stamped 0 to <paramref name="entries"/> - 1.</summary>
    public static async Task RunAsync(string dataFolder, int entries, CancellationToken cancellationToken)
    {
        await using SqliteDatabase database = await SqliteDatabase.OpenAsync(
            Path.Combine(dataFolder, ShacacheServer.DatabaseFile), TimeProvider.System, cancellationToken);
        await RunAsync(database.Entries, entries, cancellationToken);
    }

    /// <summary>The same with any store.</summary>
    public static async Task RunAsync(IEntryStore store, int entries, CancellationToken cancellationToken)
    {
        var template = new EntryTemplate();
        int next = -1;
        async Task Write()
        {
            for (int number; (number = Interlocked.Increment(ref next)) < entries;)
            {
                string stamp = StampedRequests.Stamp(number);
                await store.AddAsync(EntryKey.Create(EntryTemplate.Key(stamp)), template.Entry(stamp), cancellationToken);
            }
        }

        await Task.WhenAll(Enumerable.Range(0, Math.Min(Writers, entries)).Select(_ => Task.Run(Write, cancellationToken)));
    }
}
