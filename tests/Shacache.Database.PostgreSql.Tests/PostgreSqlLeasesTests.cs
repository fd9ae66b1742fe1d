using Shacache.Core.Leases;
using Shacache.Testing;

namespace Shacache.Database.PostgreSql.Tests;

/// <summary>What becomes of a lease whose node is gone. What all databases have in common is in DatabaseContract.</summary>
public sealed class PostgreSqlLeasesTests : IAsyncLifetime
{
    private readonly PostgreSqlTestDatabase _backend = new();
    private PostgreSqlDatabase _other = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        await _backend.OpenAsync(TimeProvider.System);
        _other = _backend.OpenNode(TimeProvider.System);
    }

    public async ValueTask DisposeAsync()
    {
        await _other.DisposeAsync();
        await _backend.DisposeAsync();
    }

    [Fact]
    public async Task TryTakeAsync_TheHoldersTimeIsOver_AnotherHasIt_AndTheHolderLearnsSo()
    {
        await using ILease lease = (await _backend.Database.Leases.TryTakeAsync("job/one", Token))!;
        Assert.Null(await _other.Leases.TryTakeAsync("job/one", Token));

        // As if it had not answered for a term.
        ILease? taken = null;
        await Eventually.IsTrueAsync(async () =>
        {
            await _backend.RunSqlAsync("UPDATE shacache.forward_turns SET until = now() - interval '1 second' WHERE upstream = 'job/one'");
            taken = await _other.Leases.TryTakeAsync("job/one", Token);
            return taken is not null;
        });
        Assert.False(await lease.TryKeepAsync(Token));
        Assert.True(lease.Lost.IsCancellationRequested);
        await using (taken)
            Assert.True(await taken!.TryKeepAsync(Token));
    }

    [Fact]
    public async Task RunAsync_LeaseIsLost_TheWorkEnds_AndBeginsAnewWithTheNextTurn()
    {
        int began = 0;
        using var end = CancellationTokenSource.CreateLinkedTokenSource(Token);
        Task running = LeasedWork.RunAsync(_backend.Database.Leases, "job/one", WorkAsync, failure => throw failure, TimeProvider.System, end.Token);
        await Eventually.IsTrueAsync(() => Task.FromResult(Volatile.Read(ref began) == 1));

        // Given up at the next sign of life, which is within 5 s; then its row is free.
        await _backend.RunSqlAsync("UPDATE shacache.forward_turns SET holder = gen_random_uuid(), until = now() - interval '1 second'");
        await Eventually.IsTrueAsync(() => Task.FromResult(Volatile.Read(ref began) == 2));
        await end.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);

        Task WorkAsync(CancellationToken token)
        {
            Interlocked.Increment(ref began);
            return Task.Delay(Timeout.InfiniteTimeSpan, token);
        }
    }
}
