using Shacache.Core.Accounts;
using Shacache.Core.Blobs;
using Shacache.Core.Entries;
using Shacache.Core.Retention;
using Shacache.Core.Upstreams;
using Shacache.Database.PostgreSql.Retention;
using Shacache.Testing;
using Shacache.Testing.Entries;

namespace Shacache.Database.PostgreSql.Tests;

/// <summary>Two nodes on one database.</summary>
public sealed class PostgreSqlNodesTests : IAsyncLifetime
{
    private static readonly EntryKey Key = EntryKey.Create("file-urlmd5:0123456789abcdef0123456789abcdef");
    private static readonly AccountName Builder = AccountName.Create("build-1");
    private static readonly Digest Content = Digest.Compute([1]);

    private readonly PostgreSqlTestDatabase _backend = new();
    private readonly ManualTimeProvider _time = new();
    private PostgreSqlDatabase? _other;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private Core.IDatabase One => _backend.Database;

    private PostgreSqlDatabase Other => _other!;

    public async ValueTask InitializeAsync()
    {
        await _backend.OpenAsync(_time);
        _other = _backend.OpenNode(_time);
    }

    public async ValueTask DisposeAsync()
    {
        if (_other is not null)
            await _other.DisposeAsync();
        await _backend.DisposeAsync();
    }

    [Fact]
    public async Task FirstUse_ManyNodesAtOnce_TheSchemaIsMadeOnce()
    {
        PostgreSqlDatabase[] nodes = [.. Enumerable.Range(0, 4).Select(_ => _backend.OpenNode(_time))];
        await Task.WhenAll(nodes.Select((node, number) => node.Entries.AddAsync(Key, Entry(number), Token).AsTask()));
        Assert.Equal(4, await One.Entries.CountAsync(Key, Token));
        Assert.Equal("1", await _backend.RunSqlAsync("SELECT count(*) FROM shacache.schema_version"));
        foreach (PostgreSqlDatabase node in nodes)
            await node.DisposeAsync();
    }

    [Fact]
    public async Task AnyCall_NewerSchema_WorksUnlessItNeedsANewerProgram()
    {
        await One.Entries.CountAsync(Key, Token);
        await _backend.RunSqlAsync("UPDATE shacache.schema_version SET version = version + 1");
        Assert.Equal(0, await Other.Entries.CountAsync(Key, Token));

        await _backend.RunSqlAsync("UPDATE shacache.schema_version SET needs = version");
        await using PostgreSqlDatabase old = _backend.OpenNode(_time);
        EntryStoreException e = await Assert.ThrowsAsync<EntryStoreException>(async () => await old.Entries.CountAsync(Key, Token));
        Assert.Contains("newer version of this program", e.Message, StringComparison.Ordinal);
        Assert.False(e.IsAway);
    }

    [Fact]
    public async Task AnyCall_SchemaOfAnotherProgram_IsRefusedAndLeftAlone()
    {
        await _backend.RunSqlAsync("CREATE SCHEMA shacache; CREATE TABLE shacache.theirs (a integer)");
        EntryStoreException e = await Assert.ThrowsAsync<EntryStoreException>(async () => await Other.Entries.CountAsync(Key, Token));
        Assert.Contains("another program's", e.Message, StringComparison.Ordinal);
        Assert.Equal("theirs", await _backend.RunSqlAsync("SELECT string_agg(relname, ',') FROM pg_class WHERE relnamespace = 'shacache'::regnamespace"));
    }

    [Fact]
    public async Task AddAsync_BothAtOnce_OneOrderOnBoth_AndNeverMoreThanTheKeyMayHave()
    {
        const int Max = 5;
        Task reading = Task.Run(
            async () =>
            {
                for (int i = 0; i < 50; i++)
                    Assert.InRange((await Other.Entries.ListAsync(Key, Token)).Count, 0, Max);
            },
            Token);
        await Parallel.ForAsync(0, 80, new ParallelOptions { MaxDegreeOfParallelism = 16, CancellationToken = Token }, async (number, _) =>
        {
            IEntryStore store = number % 2 == 0 ? One.Entries : Other.Entries;
            var limit = new EntryLimit(Max, _ => false);
            Assert.Equal(EntryAddition.Added, await limit.AddAsync(store, Key, Entry(number), room => store.AddAsync(Key, Entry(number), room, Token), Token));
        });
        await reading;
        SignedEntry[] one = [.. (await One.Entries.ListAsync(Key, Token)).Select(stored => stored.Entry)];
        Assert.Equal(Max, one.Length);
        Assert.Equal(one, (await Other.Entries.ListAsync(Key, Token)).Select(stored => stored.Entry));
    }

    [Fact]
    public async Task RevokeAsync_OnOne_IsKnownToTheOtherAtOnce()
    {
        await One.Accounts.SetRightsAsync(Builder, AccountRights.Uploader, Line(AuditAction.SetRights), Token);
        Assert.False((await Other.Accounts.FindAsync(Builder, Token))!.IsRevoked);
        await One.Accounts.RevokeAsync(Builder, Line(AuditAction.Revoke), Token);
        Assert.True((await Other.Accounts.FindAsync(Builder, Token))!.IsRevoked);
    }

    [Fact]
    public async Task AddUseAsync_OnBoth_IsOneSum()
    {
        var day = new DateOnly(2026, 1, 2);
        await Parallel.ForAsync(0, 40, Token, async (number, token) =>
            await (number % 2 == 0 ? One : Other).Accounts.AddUseAsync([new AccountUseChange(Builder, day, 10), new AccountUseChange(AccountName.Create("a"), day, 1)], token));
        Assert.Equal((400, 40), (await One.Accounts.FindUseAsync(Builder, day, Token), await Other.Accounts.FindUseAsync(AccountName.Create("a"), day, Token)));
    }

    [Fact]
    public async Task TryTakeTurnAsync_OneHasIt_TheOtherGetsItWhenItEnds_OrItsTimeIsOver()
    {
        IForwardTurn turn = (await One.Forwards.TryTakeTurnAsync("site", Token))!;
        await One.Forwards.AddAsync(["site"], Content, Token);
        Assert.Null(await Other.Forwards.TryTakeTurnAsync("site", Token));

        // As when the node had not answered for its lease.
        await _backend.RunSqlAsync("UPDATE shacache.forward_turns SET until = now() - interval '1 second'");
        await using IForwardTurn taken = (await Other.Forwards.TryTakeTurnAsync("site", Token))!;
        Assert.Equal(Content, (await taken.FindNextAsync(TimeSpan.FromMinutes(1), Token))!.Digest);
        EntryStoreException e = await Assert.ThrowsAsync<EntryStoreException>(async () => await turn.FindNextAsync(TimeSpan.FromMinutes(1), Token));
        Assert.Contains("Another node sends to upstream site", e.Message, StringComparison.Ordinal);
        await turn.DisposeAsync();
        Assert.Null(await One.Forwards.TryTakeTurnAsync("site", Token));
    }

    [Fact]
    public async Task WriteAsync_BothAtOnceOfTheSameBlobs_RowsAndTotalsAgree()
    {
        Digest[] digests = [.. Enumerable.Range(0, 100).Select(number => Digest.Compute(BitConverter.GetBytes(number)))];
        await Parallel.ForAsync(0, 20, new ParallelOptions { MaxDegreeOfParallelism = 8, CancellationToken = Token }, async (round, token) =>
        {
            IEnumerable<Digest> order = round % 3 == 0 ? digests.Reverse() : digests;
            KeyValuePair<Digest, BlobNote>[] notes = [.. order.Select(digest => KeyValuePair.Create(digest, round % 7 == 6 ? BlobNote.Deleted : BlobNote.Stored(10, round + 1)))];
            await (round % 2 == 0 ? One : Other).BlobIndex.WriteAsync(notes, token);
        });
        Assert.Empty(await Other.FindDamageAsync(Token));
        Assert.Equal(await One.BlobIndex.CountAsync(Token), await Other.BlobIndex.CountAsync(Token));
    }

    [Fact]
    public async Task WatchAsync_TheOtherRemovesAndBlocks_IsTold_AndWhatCameWhileItWasCutOff()
    {
        List<Withdrawn> told = [];
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(Token);
        Task watching = WatchAsync(ending.Token);
        await Eventually.IsTrueAsync(() => Told(news => news.IsEverything));

        await One.Retention.WithdrawAsync(Content, null, Line(AuditAction.Remove), Token);
        await Eventually.IsTrueAsync(() => Told(news => news.Content.Contains(Content) && !news.RulesChanged));
        await One.Retention.AddRuleAsync(Block(Content), Line(AuditAction.Block), Token);
        await Eventually.IsTrueAsync(() => Told(news => news.RulesChanged && !news.IsEverything));

        lock (told)
            told.Clear();
        await _backend.RunSqlAsync("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND query LIKE '%withdrawals%' AND pid <> pg_backend_pid()");
        Digest missed = Digest.Compute([2]);
        await One.Retention.WithdrawAsync(missed, null, Line(AuditAction.Remove), Token);
        await Eventually.IsTrueAsync(() => Told(news => news.Content.Contains(missed)));
        lock (told)
            Assert.DoesNotContain(told, news => news.IsEverything || news.Content.Contains(Content));
        await ending.CancelAsync();
        await watching;

        Task<bool> Told(Func<Withdrawn, bool> condition)
        {
            lock (told)
                return Task.FromResult(told.Exists(news => condition(news)));
        }

        async Task WatchAsync(CancellationToken cancellationToken)
        {
            while (!cancellationToken.IsCancellationRequested)
            {
                try
                {
                    await Other.WatchAsync(
                        news =>
                        {
                            lock (told)
                                told.Add(news);
                            return Task.CompletedTask;
                        },
                        cancellationToken);
                }
                catch (Exception e) when (e is BlobStoreException { IsAway: true } or OperationCanceledException)
                {
                    // Cut off; or the test ends.
                }
            }
        }
    }

    private static ContentRule Block(Digest digest) => new(RuleKind.Block, RuleSubject.Of(digest), DateTimeOffset.UnixEpoch, null, "(operator)", "");

    private static SignedEntry Entry(int number) => EntryGenerators.Entry($$"""{"sha512": "{{Digest.Empty}}", "number": {{number}}}""", "");

    private AuditEntry Line(AuditAction action) => new(_time.GetUtcNow(), AuditEntry.Operator, action, "build-1", "local");
}
