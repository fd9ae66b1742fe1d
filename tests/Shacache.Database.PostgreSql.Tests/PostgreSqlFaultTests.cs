using System.Collections.Concurrent;
using Shacache.Core.Blobs;
using Shacache.Core.Entries;
using Shacache.Testing;
using Shacache.Testing.Entries;
using Shacache.Testing.PostgreSql;

namespace Shacache.Database.PostgreSql.Tests;

/// <summary>What a node does when PostgreSQL is killed, full of connections, or another one. Each test has a server of its own.</summary>
public sealed class PostgreSqlFaultTests : IAsyncLifetime
{
    private static readonly EntryKey Key = EntryKey.Create("file-urlmd5:0123456789abcdef0123456789abcdef");

    private readonly List<IAsyncDisposable> _opened = [];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync()
    {
        PostgreSqlServer.Require();
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (IAsyncDisposable opened in _opened.AsEnumerable().Reverse())
            await opened.DisposeAsync();
    }

    [Fact]
    public async Task AddAsync_KilledWhileManyWrite_NoAcknowledgedEntryIsLost_AndAllGoesOn()
    {
        PostgreSqlServer server = await StartAsync("fsync=on");
        PostgreSqlDatabase node = Open(server.UriOf("postgres"));
        ConcurrentQueue<SignedEntry> acknowledged = [];
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(Token);
        int number = 0;
        Task[] writers = [.. Enumerable.Range(0, 16).Select(writer => Task.Run(WriteAsync))];
        for (int round = 0; round < 2; round++)
        {
            int before = acknowledged.Count;
            await Eventually.IsTrueAsync(() => Task.FromResult(acknowledged.Count > before + 200));
            await server.KillAsync();
            await server.StartAsync();
        }

        int afterwards = acknowledged.Count;
        await Eventually.IsTrueAsync(() => Task.FromResult(acknowledged.Count > afterwards + 200));
        await ending.CancelAsync();
        await Task.WhenAll(writers);

        HashSet<SignedEntry> listed = [.. (await node.Entries.ListAsync(Key, Token)).Select(stored => stored.Entry)];
        Assert.Empty(acknowledged.Except(listed));

        async Task WriteAsync()
        {
            while (!ending.IsCancellationRequested)
            {
                SignedEntry entry = Entry(Interlocked.Increment(ref number));
                try
                {
                    await node.Entries.AddAsync(Key, entry, CancellationToken.None);
                    acknowledged.Enqueue(entry);
                }
                catch (EntryStoreException e)
                {
                    Assert.True(e.IsAway, e.Message);
                }
            }
        }
    }

    [Fact]
    public async Task AnyCall_PostgreSqlIsNotThere_FailsSoonAndSaysSo_AndWorksWhenItIs()
    {
        PostgreSqlServer server = await StartAsync();
        await server.KillAsync();
        PostgreSqlDatabase node = Open(server.UriOf("postgres"));

        Assert.Contains("PostgreSQL does not answer", await node.FindProblemAsync(Token), StringComparison.Ordinal);
        EntryStoreException failure = await Assert.ThrowsAsync<EntryStoreException>(async () => await node.Entries.ListAsync(Key, Token));
        Assert.True(failure.IsAway);
        Assert.DoesNotContain('\n', failure.Message);
        Assert.True((await Assert.ThrowsAsync<BlobStoreException>(async () => await node.BlobIndex.CountAsync(Token))).IsAway);
        Assert.True((await Assert.ThrowsAsync<Core.Accounts.AccountStoreException>(async () => await node.Accounts.ListAsync(Token))).IsAway);

        await server.StartAsync();
        Assert.Null(await node.FindProblemAsync(Token));
        Assert.Equal(EntryAddition.Added, await node.Entries.AddAsync(Key, Entry(1), Token));
    }

    [Fact]
    public async Task AnyCall_PostgreSqlHangs_IsGivenUp_AndWorksWhenItGoesOn()
    {
        PostgreSqlServer server = await StartAsync();
        PostgreSqlDatabase node = Open(server.UriOf("postgres"));
        await node.Entries.AddAsync(Key, Entry(1), Token);
        await server.PauseAsync();

        Task<EntryStoreException>[] failures =
        [
            .. Enumerable.Range(0, 4).Select(number => Assert.ThrowsAsync<EntryStoreException>(async () => await node.Entries.AddAsync(Key, Entry(10 + number), Token))),
            Assert.ThrowsAsync<EntryStoreException>(async () => await node.Entries.ListAsync(Key, Token)),
        ];
        Assert.All(await Task.WhenAll(failures).WaitAsync(TimeSpan.FromSeconds(40), Token), e => Assert.True(e.IsAway, e.Message));

        await server.ResumeAsync();
        await Eventually.IsTrueAsync(async () => await node.FindProblemAsync(Token) is null);
        Assert.Equal(EntryAddition.Added, await node.Entries.AddAsync(Key, Entry(2), Token));
    }

    [Fact]
    public async Task ChangeAsync_InEachOthersWay_IsTriedAgain_AndBothAreMade()
    {
        PostgreSqlServer server = await StartAsync("deadlock_timeout=50ms");
        PostgreSqlDatabase one = Open(server.UriOf("postgres"));
        await one.Entries.CountAsync(Key, Token);
        await server.RunSqlAsync("postgres", "INSERT INTO shacache.uploaders (name) VALUES ('a'), ('b')");
        await using var pool = new Engine.Pool(PostgreSqlTestDatabase.Options(server.UriOf("postgres")).ToDataSource());
        int attempts = 0;
        using var both = new CountdownEvent(2);
        await Task.WhenAll(RenameAsync("a", "b"), RenameAsync("b", "a"));

        Assert.Equal("a22|b22", await server.RunSqlAsync("postgres", "SELECT string_agg(name, '|' ORDER BY name) FROM shacache.uploaders"));
        Assert.True(attempts > 2, $"{attempts} attempts: neither was in the other's way");

        Task RenameAsync(string first, string second) => Task.Run(() => pool.ChangeAsync(
            new Engine.Attempt(Engine.Contract.Entries, "not renamed"),
            async session =>
            {
                bool isFirst = Interlocked.Increment(ref attempts) <= 2;
                await session.RunAsync(Rename(first));
                if (isFirst)
                    both.Signal();
                await Task.Run(() => both.Wait(Token));
                await session.RunAsync(Rename(second));
            },
            Token));

        static Engine.Query Rename(string name) => new Engine.Query("UPDATE shacache.uploaders SET name = name || '2' WHERE name LIKE $1").Add($"{name}%");
    }

    [Fact]
    public async Task AnyCall_ConnectionLimitReached_WaitsForOne()
    {
        PostgreSqlServer server = await StartAsync("max_connections=8", "superuser_reserved_connections=3");
        await server.RunSqlAsync("postgres", "CREATE ROLE node LOGIN; GRANT ALL ON DATABASE postgres TO node");
        string uri = server.UriOf("postgres").Replace("postgresql://postgres@", "postgresql://node@", StringComparison.Ordinal);
        PostgreSqlDatabase[] nodes = [Open(uri), Open(uri)];

        // Twice eight would be wanted, and five are there.
        await Parallel.ForAsync(0, 400, new ParallelOptions { MaxDegreeOfParallelism = 16, CancellationToken = Token }, async (i, _) =>
        {
            try
            {
                await nodes[i % 2].AuditLog.AddAsync([Line(i)], Token);
            }
            catch (Core.Accounts.AccountStoreException e)
            {
                Assert.True(e.IsAway, e.Message);
            }
        });

        // A node gives back what it does not use.
        foreach (PostgreSqlDatabase node in nodes)
            await Eventually.IsTrueAsync(async () => await node.FindProblemAsync(Token) is null);
        Assert.Equal(EntryAddition.Added, await nodes[0].Entries.AddAsync(Key, Entry(1), Token));
    }

    [Fact]
    public async Task AddAsync_StandbyPromoted_GoesOnThere_WithAllThatWasAcknowledged()
    {
        PostgreSqlServer first = await StartAsync("wal_level=replica", "max_wal_senders=4", "hot_standby=on");
        PostgreSqlServer second = Keep(await first.StartStandbyAsync());
        await first.RunSqlAsync("postgres", "ALTER SYSTEM SET synchronous_standby_names = '*'");
        await first.RunSqlAsync("postgres", "SELECT pg_reload_conf()");
        PostgreSqlDatabase node = Open($"postgresql://postgres@{Uri.EscapeDataString(second.SocketFolder)},{Uri.EscapeDataString(first.SocketFolder)}/postgres");
        for (int number = 0; number < 20; number++)
            Assert.Equal(EntryAddition.Added, await node.Entries.AddAsync(Key, Entry(number), Token));

        await first.KillAsync();
        await second.PromoteAsync();
        await Eventually.IsTrueAsync(async () => await node.FindProblemAsync(Token) is null);

        Assert.Equal(20, await node.Entries.CountAsync(Key, Token));
        Assert.Equal(EntryAddition.Added, await node.Entries.AddAsync(Key, Entry(20), Token));
        Assert.Equal(Entry(20), (await node.Entries.ListAsync(Key, Token))[0].Entry);
    }

    private static SignedEntry Entry(int number) => EntryGenerators.Entry($$"""{"sha512": "{{Digest.Empty}}", "number": {{number}}}""", "");

    private static Core.Accounts.AuditEntry Line(int number) =>
        new(DateTimeOffset.UnixEpoch, "build-1", Core.Accounts.AuditAction.Upload, $"subject {number}", "local");

    private T Keep<T>(T opened)
        where T : IAsyncDisposable
    {
        _opened.Add(opened);
        return opened;
    }

    private async Task<PostgreSqlServer> StartAsync(params string[] settings) => Keep(await PostgreSqlServer.StartAsync(settings));

    private PostgreSqlDatabase Open(string uri) => Keep(new PostgreSqlDatabase(PostgreSqlTestDatabase.Options(uri), TimeProvider.System));
}
