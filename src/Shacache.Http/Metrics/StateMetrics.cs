using System.Diagnostics.Metrics;
using Shacache.Core.Accounts;
using Shacache.Core.Blobs;
using Shacache.Core.Stores;
using Shacache.Http.AccessLogs;
using Shacache.Transport;

namespace Shacache.Http.Metrics;

/// <summary>What is measured of the server's state: stores, database, queues, certificates and connections (docs/monitoring.md). Nothing is counted for it.</summary>
internal sealed class StateMetrics : IDisposable
{
    public const string MeterName = "Shacache.Store";

    private readonly Meter _meter = new(MeterName);
    private readonly StateReader _state;
    private readonly CertificateDates _certificates;
    private readonly ConnectionLimit _connections;
    private readonly AuditNotes? _audit;
    private readonly AccessLog? _accessLog;

    public StateMetrics(StateReader state, CertificateDates certificates, ConnectionLimit connections, AuditNotes? audit = null, AccessLog? accessLog = null)
    {
        _state = state;
        _certificates = certificates;
        _connections = connections;
        _audit = audit;
        _accessLog = accessLog;
        Gauge("shacache.store.objects", "{object}", "Objects that are stored.", stores => stores.Stored.Count);
        Gauge("shacache.store.size", "By", "Bytes of the objects that are stored.", stores => stores.Stored.LengthBytes);
        Gauge("shacache.store.limit", "By", "The most bytes of objects (max-store-size). Absent when there is no limit.", stores => stores.LimitBytes);
        Gauge("shacache.store.protected", "By", "Bytes that the last look for room had to leave, as they may not go. 0 when there was room.", stores => stores.Eviction.ProtectedBytes);
        Gauge("shacache.store.exhausted", "1", "Whether there is no room and none can be made: 1, or 0.", stores => stores.Exhaustion == Exhaustion.None ? 0 : 1);
        Counter("shacache.evicted.objects", "{object}", "Objects that were removed to make room.", stores => stores.Eviction.RemovedCount);
        Counter("shacache.evicted.size", "By", "Bytes that were removed to make room.", stores => stores.Eviction.RemovedBytes);
        _meter.CreateObservableGauge(
            "shacache.evicted.age", MeasureEvictedAge, "s", "For how long the object that was removed last had not been used. Absent when none was removed.");
        Gauge("shacache.disk.free", "By", "Free bytes of the file system of the data folder.", stores => stores.Disk?.FreeBytes);
        Gauge("shacache.disk.size", "By", "Bytes of the file system of the data folder.", stores => stores.Disk?.TotalBytes);
        Gauge("shacache.database.size", "By", "Bytes of the database.", stores => stores.Database.LengthBytes);
        Gauge("shacache.database.wal.size", "By", "Bytes of the write-ahead log of the database.", stores => stores.Database.LogBytes);
        _meter.CreateObservableGauge("shacache.queue.length", MeasureQueues, "{item}", "How much waits in a queue of the server.");
        _meter.CreateObservableGauge("shacache.certificate.remaining", MeasureCertificates, "s", "How long a certificate is still valid; negative when it is not.");
        _meter.CreateObservableGauge("shacache.connections", () => (long)_connections.Connections, "{connection}", "Connections that are open.");
    }

    public void Dispose() => _meter.Dispose();

    private void Gauge(string name, string unit, string description, Func<StoreFigures, long?> find) =>
        _meter.CreateObservableGauge(name, () => Measure(find), unit, description);

    private void Counter(string name, string unit, string description, Func<StoreFigures, long?> find) =>
        _meter.CreateObservableCounter(name, () => Measure(find), unit, description);

    private IEnumerable<Measurement<long>> Measure(Func<StoreFigures, long?> find)
    {
        if (_state.Stores is { } stores && find(stores) is { } value)
            yield return new Measurement<long>(value);
    }

    private IEnumerable<Measurement<double>> MeasureEvictedAge()
    {
        if (_state.Stores?.Eviction.LastAge is { } age)
            yield return new Measurement<double>(age.TotalSeconds);
    }

    private IEnumerable<Measurement<long>> MeasureQueues()
    {
        foreach (QueueLength queue in FindQueues())
            yield return new Measurement<long>(queue.Length, new KeyValuePair<string, object?>("queue", queue.Name));
    }

    /// <summary>All queues of the server.</summary>
    public IEnumerable<QueueLength> FindQueues()
    {
        foreach (QueueLength queue in _state.Stores?.Queues ?? [])
            yield return queue;
        yield return new QueueLength("forward", _state.Forwards.Waiting);
        if (_audit is not null)
            yield return new QueueLength("audit-notes", _audit.Waiting);
        if (_accessLog is not null)
            yield return new QueueLength("access-log", _accessLog.Waiting);
    }

    private IEnumerable<Measurement<double>> MeasureCertificates() =>
        _certificates.Find().Select(certificate => new Measurement<double>(certificate.Remaining.TotalSeconds, new KeyValuePair<string, object?>("certificate", certificate.Name)));
}
