using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Shacache.Http.Answers;
using Shacache.Http.Metrics.Recording;
using Shacache.Transport;

namespace Shacache.Http.Metrics;

/// <summary>Counts every request once, whatever became of it (docs/monitoring.md).</summary>
internal sealed class RequestMetrics : IMalformedRequests, IDisposable
{
    public const string MeterName = "Shacache.Http";

    private const string OtherMethod = "_OTHER";
    private static readonly string[] Methods = ["GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH", OtherMethod];
    private static readonly string[] Versions = ["1.1", "2", "1.0"];
    private static readonly CacheOutcome[] Outcomes = [CacheOutcome.Hit, CacheOutcome.Miss, CacheOutcome.Stale];

    private readonly Meter _meter = new(MeterName);
    private readonly ConcurrentDictionary<long, RequestSeries> _series = new();
    private readonly ConcurrentDictionary<(string Surface, string Method, int Status), Traffic> _traffic = new();
    private readonly Tally _proximity = new("surface", "outcome");
    private readonly Tally _lookups = new("cache", "outcome");
    private readonly Tally _coalesced = new("surface");
    private readonly Tally _refused = new("reason");
    private readonly ConnectionLimit _limit;

    public RequestMetrics(ConnectionLimit limit)
    {
        _limit = limit;
        Durations = new DurationHistogram(_meter, "http.server.request.duration", "How long requests took, until their answer was handed over.");
        _meter.CreateObservableCounter("shacache.received", () => MeasureTraffic(traffic => traffic.ReceivedBytes), "By", "Bytes of the bodies of requests.");
        _meter.CreateObservableCounter("shacache.sent", () => MeasureTraffic(traffic => traffic.SentBytes), "By", "Bytes of the bodies of answers.");
        _meter.CreateObservableCounter("shacache.requests", MeasureOutcomes, "{request}", "Requests for something that is cached, by how they came out.");
        _meter.CreateObservableCounter("shacache.lookups", _lookups.Measure, "{request}", "Requests for the entries of a key, by the cache that the key belongs to.");
        _meter.CreateObservableCounter("shacache.coalesced", _coalesced.Measure, "{request}", "Requests that joined a transfer which was under way.");
        _meter.CreateObservableCounter("shacache.refused", MeasureRefused, "{request}", "Requests and connections that were refused, by the reason.");
    }

    /// <summary>How long requests took.</summary>
    public DurationHistogram Durations { get; }

    /// <summary>Counts a request that was answered, or given up.</summary>
    public void Note(HttpContext context, Exchange exchange, TimeSpan duration)
    {
        HttpRequest request = context.Request;
        int status = context.Response.StatusCode;
        int method = FindMethod(request.Method);
        RequestSeries series = Find(exchange.Place, method, FindVersion(request.Protocol), request.IsHttps, status);
        series.Durations.Add(duration);

        // What was written for a client that had left was not sent, and of an answer to HEAD nothing is.
        bool isSent = status != StatusCodes.Status499ClientClosedRequest && !HttpMethods.IsHead(request.Method);
        series.Traffic.Add(exchange.ReceivedBytes, isSent ? exchange.WrittenBytes : 0, exchange.Outcome);
        if (exchange.UpstreamOutcome != CacheOutcome.None)
            _proximity.Add(1, "proximity", NameOf(exchange.UpstreamOutcome));
        if (exchange.KeyCache is { } cache)
            _lookups.Add(1, cache, NameOf(exchange.Outcome));
        if (exchange.IsCoalesced)
            _coalesced.Add(1, exchange.Place.Surface);
        if (status >= StatusCodes.Status400BadRequest && exchange.RefusalReason is { } reason)
            _refused.Add(1, reason);
    }

    /// <summary>Counts a request over HTTP/2 that was refused without an answer, as there were too many.</summary>
    public void NoteRefusedStream(HttpContext context) => Find(
        RequestPlace.Unknown, FindMethod(context.Request.Method), FindVersion(context.Request.Protocol), context.Request.IsHttps, StatusCodes.Status503ServiceUnavailable)
        .Durations.Add(TimeSpan.Zero);

    /// <inheritdoc/>
    void IMalformedRequests.Note(IHttpRequestFeature request, int status, int sentBytes)
    {
        // What it says may be anything.
        RequestSeries series = Find(RequestPlace.Unknown, Methods.Length - 1, FindVersion(request.Protocol ?? ""), request.Scheme == "https", status);
        series.Durations.Add(TimeSpan.Zero);
        series.Traffic.Add(0, sentBytes, CacheOutcome.None);
        _refused.Add(1, "malformed");
    }

    public void Dispose() => _meter.Dispose();

    private static int FindMethod(string method)
    {
        int known = Array.IndexOf(Methods, method);
        return known < 0 ? Methods.Length - 1 : known;
    }

    private static int FindVersion(string protocol) => HttpProtocol.IsHttp11(protocol) ? 0 : HttpProtocol.IsHttp2(protocol) ? 1 : 2;

    private static string NameOf(CacheOutcome outcome) => outcome switch
    {
        CacheOutcome.Hit => "hit",
        CacheOutcome.Stale => "stale",
        _ => "miss",
    };

    private RequestSeries Find(RequestPlace place, int method, int version, bool isTls, int status)
    {
        long key = ((((((long)place.Number * 16) + method) * 4) + version) * 2048) + (status * 2) + (isTls ? 1 : 0);
        return _series.TryGetValue(key, out RequestSeries? found) ? found : Create(key, place, Methods[method], Versions[version], isTls, status);
    }

    private RequestSeries Create(long key, RequestPlace place, string method, string version, bool isTls, int status)
    {
        // One at a time: a series that lost the race would go on to be read.
        lock (_series)
        {
            if (_series.TryGetValue(key, out RequestSeries? found))
                return found;
            Traffic traffic = _traffic.GetOrAdd(
                (place.Surface, method, status), static tags => new Traffic(tags.Surface, [new("surface", tags.Surface), new("method", tags.Method), new("status", tags.Status)]));
            List<KeyValuePair<string, object?>> tags =
            [
                new("http.request.method", method),
                new("http.response.status_code", status),
                new("network.protocol.version", version),
                new("url.scheme", isTls ? "https" : "http"),
            ];
            if (place.Route is { } route)
                tags.Add(new("http.route", route));
            return _series[key] = new RequestSeries(Durations.Add([.. tags]), traffic);
        }
    }

    private IEnumerable<Measurement<long>> MeasureTraffic(Func<Traffic, long> count)
    {
        // Instruments of this kind are read before the histogram is.
        Durations.Flush();
        return _traffic.Values.Where(traffic => count(traffic) > 0).Select(traffic => new Measurement<long>(count(traffic), traffic.Tags));
    }

    private IEnumerable<Measurement<long>> MeasureOutcomes() =>
        _traffic.Values.GroupBy(traffic => traffic.Surface)
            .SelectMany(surface => Outcomes.Select(outcome => (surface.Key, Outcome: outcome, Count: surface.Sum(traffic => traffic.Count(outcome)))))
            .Where(found => found.Count > 0)
            .Select(found => new Measurement<long>(found.Count, new("surface", found.Key), new("outcome", NameOf(found.Outcome))))
            .Concat(_proximity.Measure());

    private IEnumerable<Measurement<long>> MeasureRefused() =>
        _refused.Measure()
            .Append(new Measurement<long>(_limit.RefusedConnections, new KeyValuePair<string, object?>("reason", "connections")))
            .Append(new Measurement<long>(_limit.RefusedStreams, new KeyValuePair<string, object?>("reason", "streams")));
}
