using Shacache.Database.Sqlite.Engine;
using Shacache.Testing;
using SQLitePCL;

namespace Shacache.Database.Sqlite.Tests;

public sealed class WriteQueueTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly Checkpointer _checkpointer;
    private readonly WriteQueue _queue;

    public WriteQueueTests()
    {
        Connection writer = Connection.Open(_folder["test.db"], 0);
        writer.ExecuteScript("PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0; CREATE TABLE numbers (n INTEGER UNIQUE);");
        _checkpointer = new Checkpointer(Connection.Open(_folder["test.db"], 0), SqliteDatabase.PageBytes);
        _queue = new WriteQueue(writer, _checkpointer);
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _queue.Dispose();
        _checkpointer.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task RunAsync_OneOfABatchFails_ItsNeighboursAreCommittedAndItsOwnPartIsUndone()
    {
        using var gate = new ManualResetEventSlim();
        Task<int> first = _queue.RunAsync(_ => { gate.Wait(Token); return 0; }, Token);
        Task<int>[] batch = [.. Enumerable.Range(1, 20).Select(n => _queue.RunAsync(connection => Insert(connection, n, fail: n == 10), Token))];
        gate.Set();
        await first;

        for (int n = 1; n <= 20; n++)
        {
            if (n == 10)
                await Assert.ThrowsAsync<SqliteFailureException>(() => batch[n - 1]);
            else
                Assert.Equal(n, await batch[n - 1]);
        }

        Assert.Equal(19, await _queue.RunAsync(Count, Token));
    }

    [Fact]
    public async Task RunAsync_ManyWaiting_ShareFewCommits()
    {
        using var gate = new ManualResetEventSlim();
        Task<int> first = _queue.RunAsync(_ => { gate.Wait(Token); return 0; }, Token);
        Task<int>[] batch = [.. Enumerable.Range(1, 200).Select(n => _queue.RunAsync(connection => Insert(connection, n, fail: false), Token))];
        gate.Set();
        await Task.WhenAll([first, .. batch]);
        // One for the first, which may have gone alone, and one for the others.
        Assert.InRange(_queue.CommitCount, 1, 2);
        Assert.Equal(200, await _queue.RunAsync(Count, Token));
    }

    [Fact]
    public async Task RunAsync_CancelledWhileWaiting_IsNotMade()
    {
        using var gate = new ManualResetEventSlim();
        using var cancellation = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Task<int> first = _queue.RunAsync(_ => { started.SetResult(); gate.Wait(Token); return 0; }, Token);

        // Otherwise the writer might take both at once, and then the second waits no more.
        await started.Task;
        Task<int> cancelled = _queue.RunAsync(connection => Insert(connection, 1, fail: false), cancellation.Token);
        await cancellation.CancelAsync();
        gate.Set();
        await first;
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cancelled);
        Assert.Equal(0, await _queue.RunAsync(Count, Token));
    }

    [Fact]
    public async Task RunAsync_WritingWithoutPause_TheLogStaysBounded()
    {
        // Each change rewrites a mebibyte: four times the bound of the log in all.
        await _queue.RunAsync(connection => { connection.ExecuteScript("CREATE TABLE big (b); INSERT INTO big VALUES (zeroblob(1048576));"); return 0; }, Token);
        for (int i = 0; i < 4 * Checkpointer.MaxLogBytes / 1_048_576; i++)
        {
            await _queue.RunAsync(connection => { connection.ExecuteScript("UPDATE big SET b = randomblob(1048576);"); return 0; }, Token);
            // Stands for the half second that passes in a real server while this much is written.
            if (i % 16 == 0)
                _checkpointer.Checkpoint();
        }

        long bytes = new FileInfo(_folder["test.db-wal"]).Length;
        Assert.InRange(bytes, 1, 2L * Checkpointer.MaxLogBytes);
    }

    private static int Insert(Connection connection, int n, bool fail)
    {
        connection.ExecuteScript($"INSERT INTO numbers VALUES ({n});");
        if (fail)
            throw new SqliteFailureException(raw.SQLITE_ERROR, "meant to fail");
        return n;
    }

    private static int Count(Connection connection)
    {
        using Statement count = connection.Prepare("SELECT count(*) FROM numbers");
        return count.Step() ? (int)count.Int64(0) : -1;
    }
}
