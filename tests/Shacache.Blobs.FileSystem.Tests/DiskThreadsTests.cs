namespace Shacache.Blobs.FileSystem.Tests;

public sealed class DiskThreadsTests
{
    [Fact]
    public async Task RunAsync_MoreJobsThanThreads_RunsAllOnAtMostThatManyThreads()
    {
        using var threads = new DiskThreads(4);
        int running = 0;
        int most = 0;
        var names = new System.Collections.Concurrent.ConcurrentDictionary<int, string?>();
        using var allFour = new CountdownEvent(4);

        int[] results = await Task.WhenAll(Enumerable.Range(0, 200).Select(i => threads.RunAsync(i, n =>
        {
            InterlockedMax(ref most, Interlocked.Increment(ref running));
            names[Environment.CurrentManagedThreadId] = Thread.CurrentThread.Name;
            if (n < 4)
            {
                // The first four meet: four threads do work side by side.
                allFour.Signal();
                Assert.True(allFour.Wait(TimeSpan.FromSeconds(30)));
            }

            Interlocked.Decrement(ref running);
            return n * 2;
        }).AsTask()));

        Assert.Equal(Enumerable.Range(0, 200).Select(i => i * 2), results);
        Assert.Equal(4, names.Count);
        Assert.Equal(4, most);
        Assert.All(names.Values, n => Assert.Equal("shacache disk", n));
    }

    [Fact]
    public async Task RunAsync_WorkThrows_AwaiterGetsItAndTheThreadGoesOn()
    {
        using var threads = new DiskThreads(1);

        var thrown = await Assert.ThrowsAsync<InvalidOperationException>(
            async () => await threads.RunAsync(0, static int (_) => throw new InvalidOperationException("Broken.")));

        Assert.Equal("Broken.", thrown.Message);
        Assert.Equal(3, await threads.RunAsync(1, static n => n + 2));
    }

    private static void InterlockedMax(ref int target, int value)
    {
        int seen;
        while ((seen = Volatile.Read(ref target)) < value && Interlocked.CompareExchange(ref target, value, seen) != seen)
        {
        }
    }
}
