using Shacache.Core.Accounts;
using Shacache.Core.Blobs;
using Shacache.Database.PostgreSql.Retention;
using Shacache.Testing;

namespace Shacache.Database.PostgreSql.Tests;

/// <summary>Whether a node knows what others took away, so that it may serve copies of its own.</summary>
public sealed class PostgreSqlHearingTests : IAsyncLifetime
{
    private static readonly Digest Content = Digest.Compute([1]);

    private readonly PostgreSqlTestDatabase _backend = new();
    private PostgreSqlDatabase _node = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        await _backend.OpenAsync(TimeProvider.System);
        _node = _backend.OpenNode(TimeProvider.System);
    }

    public async ValueTask DisposeAsync()
    {
        await _node.DisposeAsync();
        await _backend.DisposeAsync();
    }

    [Fact]
    public async Task IsHeard_NotAskedYet_ThenAnsweredBeforeItIsTold_ThenTold()
    {
        // A database that was never reached can tell nothing.
        Assert.True(_node.IsHeard);
        await _node.Entries.CountAsync(Core.Entries.EntryKey.Create("key"), Token);
        Assert.False(_node.IsHeard);
        await using var watch = new Watch(_node);
        await Eventually.IsTrueAsync(() => Task.FromResult(_node.IsHeard));
        Assert.Single(watch.Told);
    }

    [Fact]
    public async Task IsHeard_TellingFails_IsNot_UntilItWasTold()
    {
        await using var watch = new Watch(_node) { Fails = true };
        await Eventually.IsTrueAsync(() => Task.FromResult(watch.Told.Count > 2));
        Assert.False(_node.IsHeard);
        watch.Fails = false;
        await Eventually.IsTrueAsync(() => Task.FromResult(_node.IsHeard));
    }

    [Fact]
    public async Task IsHeard_ConnectionIsLost_IsNotFromTheNextAnswerOn_UntilWhatWasMissedIsTold()
    {
        await using (var watch = new Watch(_node))
        {
            await Eventually.IsTrueAsync(() => Task.FromResult(watch.Told.Count > 0 && _node.IsHeard));
        }

        // It listens no longer, and has not asked since.
        Assert.True(_node.IsHeard);
        await RemoveAsync(Content);
        await _node.Entries.CountAsync(Core.Entries.EntryKey.Create("key"), Token);
        Assert.False(_node.IsHeard);
        await using var again = new Watch(_node);
        await Eventually.IsTrueAsync(() => Task.FromResult(_node.IsHeard));
        Assert.Equal([Content], again.Told.SelectMany(news => news.Content));
        Assert.DoesNotContain(again.Told, news => news.IsEverything);
    }

    [Fact]
    public async Task ResumeAfter_ANumberOfBefore_OnlyWhatCameSinceIsTold()
    {
        await RemoveAsync(Digest.Compute([2]));
        long number;
        await using (var watch = new Watch(_node))
        {
            await Eventually.IsTrueAsync(() => Task.FromResult(watch.Told.Count > 0 && _node.IsHeard));
            number = watch.Told[^1].Number;
        }

        await RemoveAsync(Content);
        await using PostgreSqlDatabase restarted = _backend.OpenNode(TimeProvider.System);
        restarted.ResumeAfter(number);
        await using var again = new Watch(restarted);
        await Eventually.IsTrueAsync(() => Task.FromResult(restarted.IsHeard && again.Told.Count > 0));
        Assert.Equal([Content], again.Told.SelectMany(news => news.Content));
        Assert.DoesNotContain(again.Told, news => news.IsEverything || news.RulesChanged);
    }

    [Fact]
    public async Task ResumeAfter_ANumberThatIsForgotten_EverythingMayBeGone()
    {
        await RemoveAsync(Content);
        _node.ResumeAfter(1_000_000);
        await RemoveAsync(Content);
        await using var watch = new Watch(_node);
        await _backend.RunSqlAsync("SELECT setval(pg_get_serial_sequence('shacache.withdrawals', 'number'), 2000000)");
        await RemoveAsync(Content);
        await Eventually.IsTrueAsync(() => Task.FromResult(watch.Told.Any(news => news.IsEverything)));
    }

    [Fact]
    public async Task WatchAsync_ContentGoesForAnyReason_IsTold_AndMoreThanAPage()
    {
        await using var watch = new Watch(_node);
        await Eventually.IsTrueAsync(() => Task.FromResult(watch.Told.Count > 0 && _node.IsHeard));
        Digest[] evicted = [.. Enumerable.Range(0, 2500).Select(number => Digest.Compute(BitConverter.GetBytes(number)))];
        foreach (Digest[] batch in evicted.Chunk(2000))
            await _backend.Database.BlobIndex.WriteAsync([.. batch.Select(digest => KeyValuePair.Create(digest, BlobNote.Deleted))], Token);
        await Eventually.IsTrueAsync(() => Task.FromResult(watch.Told.Sum(news => news.Content.Count) >= evicted.Length));
        Assert.Equal(evicted.ToHashSet(), watch.Told.SelectMany(news => news.Content).ToHashSet());
    }

    private async Task RemoveAsync(Digest digest) => await _backend.Database.Retention.WithdrawAsync(
        digest, null, new AuditEntry(TimeProvider.System.GetUtcNow(), AuditEntry.Operator, AuditAction.Remove, digest.ToString(), "local"), Token);

    private sealed class Watch : IAsyncDisposable
    {
        private readonly CancellationTokenSource _end = CancellationTokenSource.CreateLinkedTokenSource(Token);
        private readonly List<Withdrawn> _told = [];
        private readonly Task _running;

        public Watch(PostgreSqlDatabase node) => _running = RunAsync(node);

        public bool Fails { get; set; }

        public List<Withdrawn> Told
        {
            get
            {
                lock (_told)
                    return [.. _told];
            }
        }

        public async ValueTask DisposeAsync()
        {
            await _end.CancelAsync();
            await _running;
            _end.Dispose();
        }

        private async Task RunAsync(PostgreSqlDatabase node)
        {
            while (!_end.IsCancellationRequested)
            {
                try
                {
                    await node.WatchAsync(TellAsync, _end.Token);
                }
                catch (Exception e) when (e is BlobStoreException or OperationCanceledException)
                {
                    // Tried again, unless the test ends.
                }
            }
        }

        private Task TellAsync(Withdrawn news)
        {
            lock (_told)
                _told.Add(news);
            return Fails ? Task.FromException(new BlobStoreException("The disk failed.")) : Task.CompletedTask;
        }
    }
}
