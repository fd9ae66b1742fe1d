using Shacache.Blobs.FileSystem.Files;

namespace Shacache.Blobs.FileSystem.Tests;

public sealed class DiskThreadsTests
{
    [Fact]
    public async Task RunAsync_MoreJobsThanThreads_RunsAllOnAtMostThatManyThreads()
    {
        using var threads = new DiskThreads(4, new ThreadStarter());
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
        using var threads = new DiskThreads(1, new ThreadStarter());

        var thrown = await Assert.ThrowsAsync<InvalidOperationException>(
            async () => await threads.RunAsync(0, static int (_) => throw new InvalidOperationException("Broken.")));

        Assert.Equal("Broken.", thrown.Message);
        Assert.Equal(3, await threads.RunAsync(1, static n => n + 2));
    }

    [Fact]
    public async Task RunHereWhenIdleAsync_NothingElseUnderWay_RunsOnTheCallersThread()
    {
        using var threads = new DiskThreads(1, new ThreadStarter());
        await BeAloneAsync(threads);
        int caller = Environment.CurrentManagedThreadId;

        Task<int> work = threads.RunHereWhenIdleAsync(0, static _ => Environment.CurrentManagedThreadId).AsTask();

        Assert.True(work.IsCompletedSuccessfully);
        Assert.Equal(caller, await work);
    }

    [Fact]
    public async Task RunHereWhenIdleAsync_AnotherCallerWorksHere_TakesAThreadOfItsOwn()
    {
        using var threads = new DiskThreads(1, new ThreadStarter());
        await BeAloneAsync(threads);

        Task<string?> second = await threads.RunHereWhenIdleAsync(
            threads, static inner => inner.RunHereWhenIdleAsync(0, static _ => Thread.CurrentThread.Name).AsTask());

        Assert.Equal("shacache disk", await second);
    }

    [Fact]
    public async Task RunHereWhenIdleAsync_AThreadWorks_DoesNotBlockTheCaller()
    {
        using var threads = new DiskThreads(1, new ThreadStarter());
        await BeAloneAsync(threads);
        using var started = new ManualResetEventSlim();
        using var release = new ManualResetEventSlim();
        Task<bool> first = threads.RunAsync((started, release), static s =>
        {
            s.started.Set();
            return s.release.Wait(TimeSpan.FromSeconds(30));
        }).AsTask();
        Assert.True(started.Wait(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken));

        Task<string?> second = threads.RunHereWhenIdleAsync(0, static _ => Thread.CurrentThread.Name).AsTask();

        Assert.False(second.IsCompleted);
        release.Set();
        Assert.True(await first);
        Assert.Equal("shacache disk", await second);
    }

    [Fact]
    public async Task RunHereWhenIdleAsync_WorkThrows_AwaiterGetsItAndTheNextOneWorksHere()
    {
        using var threads = new DiskThreads(1, new ThreadStarter());
        await BeAloneAsync(threads);

        Task<int> failing = threads.RunHereWhenIdleAsync(0, static int (_) => throw new InvalidOperationException("Broken.")).AsTask();
        InvalidOperationException thrown = await Assert.ThrowsAsync<InvalidOperationException>(async () => await failing);

        Assert.Equal("Broken.", thrown.Message);
        Assert.True(threads.RunHereWhenIdleAsync(1, static n => n).AsTask().IsCompletedSuccessfully);
    }

    [Fact]
    public async Task Dispose_WhileACallerWorks_WaitsForIt()
    {
        var threads = new DiskThreads(1, new ThreadStarter());
        await BeAloneAsync(threads);
        using var started = new ManualResetEventSlim();
        using var release = new ManualResetEventSlim();
        bool finished = false;
        Task working = Task.Run(
            async () => await threads.RunHereWhenIdleAsync(0, _ =>
            {
                started.Set();
                release.Wait(TimeSpan.FromSeconds(30));
                Volatile.Write(ref finished, true);
                return 0;
            }),
            TestContext.Current.CancellationToken);
        Assert.True(started.Wait(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken));

        var disposing = Task.Run(
            () =>
            {
                threads.Dispose();
                return Volatile.Read(ref finished);
            },
            TestContext.Current.CancellationToken);
        release.Set();

        Assert.True(await disposing, "The threads were disposed before the caller's work had ended.");
        await working;
    }

    /// <summary>Runs jobs one after the other until the caller's thread gets one.</summary>
    private static async Task BeAloneAsync(DiskThreads threads)
    {
        for (int job = 0; job < 1000; job++)
        {
            Task<int> work = threads.RunHereWhenIdleAsync(0, static _ => Environment.CurrentManagedThreadId).AsTask();
            if (work.IsCompletedSuccessfully && await work == Environment.CurrentManagedThreadId)
                return;
            await work;
        }

        Assert.Fail("The caller's thread never got the work.");
    }

    private static void InterlockedMax(ref int target, int value)
    {
        int seen;
        while ((seen = Volatile.Read(ref target)) < value && Interlocked.CompareExchange(ref target, value, seen) != seen)
        {
        }
    }
}
