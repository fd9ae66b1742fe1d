using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Security.Cryptography;
using Shacache.Http.Tests.Upstreams.Content;
using Shacache.Http.Upstreams;
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
                sums[instrument.Name] = value;
        });
        await using var upstream = new ScriptedUpstream(exchange => exchange.Request.Number == 1 ? exchange.AnswerAsync(500) : exchange.ServeAsync(content));
        await using TestServer server = await ProximitySite.StartAsync(new ProximityOptions
        {
            Upstreams = [new UpstreamOptions { Name = name, CacheUrl = upstream.CacheUrl, DirectoryUrl = upstream.DirectoryUrl }],
        });

        using HttpResponseMessage failed = await server.Client.GetAsync(ColdContentTests.PathOf(content), Token);
        await server.Client.GetByteArrayAsync(ColdContentTests.PathOf(content), Token);

        // The histogram is handed what it holds when the first of the others is read.
        listener.RecordObservableInstruments();
        Assert.Equal(1, sums["shacache.upstream.failures"]);
        Assert.Equal(100_000, sums["shacache.upstream.received"]);
        Assert.True(sums["shacache.upstream.latency"] > 0);
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
