using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Security.Cryptography;
using Shacache.Http.Tests.Upstreams.Content;
using Shacache.Http.Upstreams;
using Shacache.Testing;
using Shacache.Testing.Upstreams;

namespace Shacache.Http.Tests.Upstreams;

public sealed class UpstreamMetricsTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Upstream_IsCountedUnderItsName()
    {
        byte[] content = RandomNumberGenerator.GetBytes(100_000);
        string name = $"counted-{Guid.NewGuid():N}";
        ConcurrentDictionary<string, double> sums = new(StringComparer.Ordinal);
        using MeterListener listener = Listen((instrument, value, tags) =>
        {
            if (tags.Contains(new KeyValuePair<string, object?>("upstream", name)))
                sums.AddOrUpdate(instrument.Name, value, (_, sum) => sum + value);
        });
        await using var upstream = new ScriptedUpstream(exchange => exchange.Request.Number == 1 ? exchange.AnswerAsync(500) : exchange.ServeAsync(content));
        await using TestServer server = await ProximitySite.StartAsync(new ProximityOptions
        {
            Upstreams = [new UpstreamOptions { Name = name, CacheUrl = upstream.CacheUrl, DirectoryUrl = upstream.DirectoryUrl }],
        });

        using HttpResponseMessage failed = await server.Client.GetAsync(ColdContentTests.PathOf(content), Token);
        await server.Client.GetByteArrayAsync(ColdContentTests.PathOf(content), Token);

        Assert.Equal(1, sums["shacache.upstream.failures"]);
        Assert.Equal(100_000, sums["shacache.upstream.received"]);
        Assert.True(sums["shacache.upstream.latency"] > 0);
    }

    [Fact]
    public void OperatingDocument_ListsEveryInstrumentWithItsUnit()
    {
        List<string> rows = [];
        using (MeterListener listener = new() { InstrumentPublished = (instrument, _) => AddTo(rows, instrument) })
        {
            listener.Start();
            using var metrics = new UpstreamMetrics();
        }

        // The servers of other tests make their instruments meanwhile.
        string[] found;
        lock (rows)
            found = [.. rows];
        string document = File.ReadAllText(Path.Combine(Repository.Root, "docs", "operating.md"));

        Assert.NotEmpty(found);
        Assert.All(found, row => Assert.Contains(row, document, StringComparison.Ordinal));
    }

    private static void AddTo(List<string> rows, Instrument instrument)
    {
        if (instrument.Meter.Name == UpstreamMetrics.MeterName)
        {
            lock (rows)
                rows.Add($"| `{instrument.Name}` | `{instrument.Unit}` |");
        }
    }

    private static MeterListener Listen(Action<Instrument, double, KeyValuePair<string, object?>[]> note)
    {
        var listener = new MeterListener
        {
            InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Meter.Name == UpstreamMetrics.MeterName)
                    listener.EnableMeasurementEvents(instrument);
            },
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => note(instrument, value, tags.ToArray()));
        listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => note(instrument, value, tags.ToArray()));
        listener.Start();
        return listener;
    }
}
