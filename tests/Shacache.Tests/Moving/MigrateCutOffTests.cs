using Shacache.Testing;
using Shacache.Tests.Serving;

namespace Shacache.Tests.Moving;

/// <summary><c>admin migrate</c> when an engine goes away in the middle. Apart from its other troubles, since it takes long: classes run at the same time.</summary>
public sealed class MigrateCutOffTests : IAsyncLifetime
{
    private MoveSite _site = null!;

    public async ValueTask InitializeAsync() => _site = await MoveSite.StartAsync();

    public async ValueTask DisposeAsync()
    {
        if (_site is not null)
            await _site.DisposeAsync();
    }

    [Theory]
    [InlineData("PostgreSQL")]
    [InlineData("S3")]
    public async Task Migrate_AnEngineGoesAwayInTheMiddle_ItIsWaitedFor_AndTheCopyGoesOn(string engine)
    {
        await _site.FillAsync("data", objects: MoveSite.ManyObjects, stepBytes: 20);
        await using RelayPort toCeph = _site.HoldingRelayToCeph();
        await using RelayPort toPostgreSql = _site.RelayToPostgreSql();
        RelayPort way = engine == "S3" ? toCeph : toPostgreSql;
        using ServerProcess migrating = ServerProcess.Begin(["admin", "migrate", "--from", _site.PathOf("data"), "--parallel", "1", .. _site.BothAt(toCeph, toPostgreSql)]);
        await _site.WaitForHoldAsync(toCeph);
        way.Cut();

        // Without PostgreSQL objects go on for as long as the lease does.
        if (way != toCeph)
            toCeph.Mend();
        string waiting = await migrating.WaitForLineAsync("waited for");
        Assert.Matches("^shacache: .*(PostgreSQL|127\\.0\\.0\\.1).* It is waited for, 5 minutes at most\\.$", waiting);
        way.Mend();
        Assert.Equal("shacache: It answers again; the copy goes on.", await migrating.WaitForLineAsync("goes on"));
        string first = await migrating.WaitForLineAsync("pass 1,");

        // One pass, with what it did before and after; the object that was under way may have been stored all the same.
        Assert.Matches($"objects ({MoveSite.ManyObjects - 1}|{MoveSite.ManyObjects}) \\(", first);
        Assert.Equal(0, await migrating.WaitForExitAsync());
        Assert.Equal(_site.ListFiles("data"), await _site.ListBucketAsync());
        (await _site.MigrateAsync(["--to", _site.PathOf("back"), .. _site.Rows])).AssertEnds(0);
        await _site.AssertSameRowsAsync("data", "back");
    }
}
