using Shacache.Core.Savings;

namespace Shacache.Testing.Savings;

/// <summary>The rules that every <see cref="ISavings"/> obeys. A backend inherits them.</summary>
public abstract class SavingsContract : StoreContract
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    /// <summary>What is under test, empty at the beginning of each test.</summary>
    protected ISavings Savings => Database.Savings;

    private DateOnly Today => DateOnly.FromDateTime(Time.GetUtcNow().UtcDateTime);

    [Fact]
    public async Task ReadAsync_NothingAdded_IsNothing()
    {
        Assert.Equal([new Saving(null, null, null, 0, default, default)], await Savings.ReadAsync(SavingsBy.Nothing, DateOnly.MinValue, Token));
        foreach (SavingsBy by in new[] { SavingsBy.Day, SavingsBy.Cache, SavingsBy.Prefix })
            Assert.Empty(await Savings.ReadAsync(by, DateOnly.MinValue, Token));
        Assert.Empty(await Savings.ReadTrafficAsync(TrafficSpan.Hour, DateTimeOffset.UnixEpoch, Token));
    }

    [Fact]
    public async Task AddAsync_SeveralDays_IsPutTogetherAsAsked()
    {
        DateOnly first = Today;
        await AddAsync(CacheKind.Download, "file-urlmd5:", 10);
        await AddAsync(CacheKind.Gateway, "pypi:", 5);
        Time.Advance(TimeSpan.FromDays(1));
        await AddAsync(CacheKind.Download, "pypi:", 100);
        await AddAsync(CacheKind.Download, "pypi:", 100);

        Assert.Equal([Sum(215, 4)], await Savings.ReadAsync(SavingsBy.Nothing, first, Token));
        Assert.Equal([Sum(200, 2)], await Savings.ReadAsync(SavingsBy.Nothing, first.AddDays(1), Token));
        Assert.Equal([Sum(15, 2) with { Day = first }, Sum(200, 2) with { Day = first.AddDays(1) }], await Savings.ReadAsync(SavingsBy.Day, first, Token));
        Assert.Equal(
            [Sum(210, 3) with { Cache = CacheKind.Download }, Sum(5, 1) with { Cache = CacheKind.Gateway }], await Savings.ReadAsync(SavingsBy.Cache, first, Token));
        Assert.Equal(
            [Sum(205, 3) with { Prefix = "pypi:" }, Sum(10, 1) with { Prefix = "file-urlmd5:" }], await Savings.ReadAsync(SavingsBy.Prefix, first, Token));
    }

    [Fact]
    public async Task AddAsync_MorePrefixesThanAreToldApart_AreOther()
    {
        Saving[] savings = [.. Enumerable.Range(0, KeyPrefix.MaxCount + 10).Select(number => Sum(1, 0) with { Cache = CacheKind.Download, Prefix = $"p{number}:" })];
        await Savings.AddAsync([], savings, Token);
        IReadOnlyList<Saving> rows = await Savings.ReadAsync(SavingsBy.Prefix, Today, Token);
        Assert.Equal(KeyPrefix.MaxCount + 1, rows.Count);
        Assert.Equal(Sum(10, 0) with { Prefix = KeyPrefix.Other }, rows[0]);
    }

    [Fact]
    public async Task AddAsync_LongAgo_Goes()
    {
        DateTimeOffset beginning = Time.GetUtcNow();
        await AddAsync(CacheKind.Download, "pypi:", 1);
        await Savings.AddAsync([new Traffic(CacheKind.Download, 3, 2, 10)], [], Token);
        Time.Advance(TimeSpan.FromDays(ISavings.KeptHourDays + 1));
        await Savings.AddAsync([new Traffic(CacheKind.Download, 1, 1, 1)], [], Token);
        Assert.Single(await Savings.ReadTrafficAsync(TrafficSpan.Hour, beginning.AddDays(-1), Token));
        Assert.Equal(2, (await Savings.ReadTrafficAsync(TrafficSpan.Day, beginning.AddDays(-1), Token)).Count);
        Assert.Single(await Savings.ReadAsync(SavingsBy.Day, DateOnly.MinValue, Token));

        Time.Advance(TimeSpan.FromDays(ISavings.KeptDays + 1));
        await Savings.AddAsync([new Traffic(CacheKind.Download, 1, 1, 1)], [], Token);
        Assert.Single(await Savings.ReadTrafficAsync(TrafficSpan.Day, beginning.AddDays(-1), Token));
        Assert.Empty(await Savings.ReadAsync(SavingsBy.Day, DateOnly.MinValue, Token));
    }

    [Fact]
    public async Task ReadTrafficAsync_HoursAndDays_BeginWhereTheyDo()
    {
        DateTimeOffset now = Time.GetUtcNow();
        var day = new DateTimeOffset(now.UtcDateTime.Date, TimeSpan.Zero);
        Time.Advance(day.AddDays(1).AddHours(22) - now);
        await Savings.AddAsync([new Traffic(CacheKind.Download, 1, 0, 10), new Traffic(CacheKind.Gateway, 2, 1, 20)], [], Token);
        Time.Advance(TimeSpan.FromMinutes(59));
        await Savings.AddAsync([new Traffic(CacheKind.Download, 1, 1, 10)], [], Token);
        Time.Advance(TimeSpan.FromHours(1));
        await Savings.AddAsync([new Traffic(CacheKind.Download, 1, 1, 10)], [], Token);
        Time.Advance(TimeSpan.FromHours(1));
        await Savings.AddAsync([new Traffic(CacheKind.Download, 5, 4, 3)], [], Token);

        DateTimeOffset first = day.AddDays(1);
        Assert.Equal(
            [
                new TrafficOfSpan(first.AddHours(22), new Traffic(CacheKind.Download, 2, 1, 20)),
                new TrafficOfSpan(first.AddHours(22), new Traffic(CacheKind.Gateway, 2, 1, 20)),
                new TrafficOfSpan(first.AddHours(23), new Traffic(CacheKind.Download, 1, 1, 10)),
                new TrafficOfSpan(first.AddHours(24), new Traffic(CacheKind.Download, 5, 4, 3)),
            ],
            await Savings.ReadTrafficAsync(TrafficSpan.Hour, first, Token));
        Assert.Equal(
            [
                new TrafficOfSpan(first, new Traffic(CacheKind.Download, 3, 2, 30)),
                new TrafficOfSpan(first, new Traffic(CacheKind.Gateway, 2, 1, 20)),
                new TrafficOfSpan(first.AddDays(1), new Traffic(CacheKind.Download, 5, 4, 3)),
            ],
            await Savings.ReadTrafficAsync(TrafficSpan.Day, first, Token));
        Assert.Equal(2, (await Savings.ReadTrafficAsync(TrafficSpan.Hour, first.AddHours(23), Token)).Count);
    }

    [Fact]
    public async Task AddAsync_Reopened_IsThere()
    {
        await AddAsync(CacheKind.Binary, KeyPrefix.Other, 7);
        await ReopenAsync();
        Assert.Equal([Sum(7, 1) with { Prefix = KeyPrefix.Other }], await Savings.ReadAsync(SavingsBy.Prefix, Today, Token));
    }

    private static Saving Sum(long bytes, int count) => new(null, null, null, bytes, count * Second, 2 * count * Second);

    private ValueTask AddAsync(CacheKind cache, string prefix, long bytes) =>
        Savings.AddAsync([], [Sum(bytes, 1) with { Cache = cache, Prefix = prefix }], Token);
}
