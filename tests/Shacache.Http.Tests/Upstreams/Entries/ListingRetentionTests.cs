using Microsoft.Extensions.Logging.Abstractions;
using Shacache.Core.Entries;
using Shacache.Core.Leases;
using Shacache.Core.Upstreams;
using Shacache.Http.Upstreams;
using Shacache.Http.Upstreams.Entries;
using Shacache.Testing;

namespace Shacache.Http.Tests.Upstreams.Entries;

public sealed class ListingRetentionTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task StartAsync_SomeHoursPass_ForgetsWhatNobodyAskedFor_AndNothingElse()
    {
        await using TestServer server = await TestServer.StartAsync();
        var time = new ManualTimeProvider(DateTimeOffset.UtcNow);
        for (int i = 0; i < 100; i++)
            await KnowAsync(server, $"unused-{i}", time.GetUtcNow() - TimeSpan.FromDays(400));
        await KnowAsync(server, "used", time.GetUtcNow());
        using var retention = new ListingRetention(
            new OwnLeases(), server.UpstreamListings, new ProximityOptions { DirectoryKeep = TimeSpan.FromDays(300) }, time, NullLogger<ListingRetention>.Instance);

        await retention.StartAsync(Token);
        Assert.NotNull(await server.UpstreamListings.FindAsync(EntryKey.Create("unused-99"), Token));
        await Eventually.IsTrueAsync(async () =>
        {
            // Again and again: the timer may not be there yet.
            time.Advance(TimeSpan.FromMinutes(10));
            return await server.UpstreamListings.FindAsync(EntryKey.Create("unused-99"), Token) is null &&
                await server.UpstreamListings.FindAsync(EntryKey.Create("unused-0"), Token) is null;
        });
        await retention.StopAsync(Token);

        Assert.NotNull(await server.UpstreamListings.FindAsync(EntryKey.Create("used"), Token));
    }

    private static async Task KnowAsync(TestServer server, string key, DateTimeOffset usedAt) => await server.UpstreamListings.ReplaceAsync(
        new UpstreamListing(EntryKey.Create(key), [ListingSite.Entry(1)], "upstream-0", usedAt, TimeSpan.Zero, usedAt), Token);
}
