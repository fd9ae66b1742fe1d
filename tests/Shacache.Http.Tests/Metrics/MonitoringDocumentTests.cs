using System.Diagnostics.Metrics;
using System.Text.Json;
using System.Text.RegularExpressions;
using Shacache.Core.Blobs.Repair;
using Shacache.Core.Savings;
using Shacache.Core.Tier;
using Shacache.Http.Upstreams;
using Shacache.Testing;

namespace Shacache.Http.Tests.Metrics;

/// <summary>docs/monitoring.md, the dashboard, the alert rules and the code name the same metrics.</summary>
public sealed partial class MonitoringDocumentTests
{
    private static readonly string Folder = Path.Combine(Repository.Root, "docs", "monitoring");

    private static readonly Match[] Rows = [.. Row().Matches(File.ReadAllText(Path.Combine(Repository.Root, "docs", "monitoring.md"))).Cast<Match>()];

    [Fact]
    public async Task Document_AndInstruments_AreTheSame()
    {
        HashSet<string> found = new(StringComparer.Ordinal);
        using (MeterListener listener = new() { InstrumentPublished = (instrument, _) => AddTo(found, instrument) })
        {
            listener.Start();

            // Those that are made where the stores are hosted.
            using var repair = new RepairMetrics();
            using var savings = new SavingsMeter();
            using var tier = new TierMetrics();
            await using TestServer server = await TestServer.StartAsync(new CacheServerOptions
            {
                Proximity = new ProximityOptions
                {
                    Upstreams =
                    [
                        new UpstreamOptions
                        {
                            Name = "u",
                            CacheUrl = new Uri("http://127.0.0.1:9/cache"),
                            DirectoryUrl = new Uri("http://127.0.0.1:9/dir"),
                            IsForwardedTo = true,
                        },
                    ],
                },
            });
        }

        // The servers of other tests make their instruments meanwhile.
        string[] made;
        lock (found)
            made = [.. found.Order(StringComparer.Ordinal)];

        Assert.Equal(
            made,
            Rows.Select(row => $"{row.Groups["name"].Value} {row.Groups["kind"].Value} {row.Groups["unit"].Value}").Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Rows_OfTheDocument_HaveAMeaning() => Assert.All(Rows, row => Assert.NotEqual("", row.Groups["meaning"].Value.Trim()));

    [Fact]
    public void Rules_NameOnlyMetricsOfTheDocument() =>
        AssertKnown(File.ReadAllLines(Path.Combine(Folder, "alerts.yml")).Where(line => !line.Contains("summary:", StringComparison.Ordinal) && !line.StartsWith('#')));

    [Fact]
    public void Dashboard_NamesOnlyMetricsOfTheDocument()
    {
        using JsonDocument dashboard = JsonDocument.Parse(File.ReadAllText(Path.Combine(Folder, "dashboard.json")));
        string[] expressions =
        [
            .. dashboard.RootElement.GetProperty("panels").EnumerateArray()
                .Where(panel => panel.TryGetProperty("targets", out _))
                .SelectMany(panel => panel.GetProperty("targets").EnumerateArray())
                .Select(target => target.GetProperty("expr").GetString()!),
        ];
        Assert.True(expressions.Length > 20);
        AssertKnown(expressions);
    }

    private static void AssertKnown(IEnumerable<string> expressions)
    {
        HashSet<string> known = [.. Rows.SelectMany(row => NamesOf(row.Groups["name"].Value, row.Groups["kind"].Value, row.Groups["unit"].Value))];
        string[] used = [.. expressions.SelectMany(expression => Used().Matches(expression).Select(match => match.Value)).Distinct(StringComparer.Ordinal)];
        Assert.NotEmpty(used);
        Assert.All(used, name => Assert.Contains(name, known));
    }

    /// <summary>As Prometheus calls a metric.</summary>
    private static IEnumerable<string> NamesOf(string name, string kind, string unit)
    {
        string full = $"{name.Replace('.', '_')}{unit switch { "By" => "_bytes", "s" => "_seconds", _ => "" }}";
        return kind switch
        {
            "counter" => [$"{full}_total"],
            "histogram" => [$"{full}_bucket", $"{full}_count", $"{full}_sum"],
            _ => [full],
        };
    }

    private static void AddTo(HashSet<string> found, Instrument instrument)
    {
        if (!instrument.Meter.Name.StartsWith("Shacache", StringComparison.Ordinal))
            return;
        string type = instrument.GetType().Name;
        string kind = type.Contains("Histogram", StringComparison.Ordinal) ? "histogram" : type.Contains("Counter", StringComparison.Ordinal) ? "counter" : "gauge";
        lock (found)
            found.Add($"{instrument.Name} {kind} {instrument.Unit}");
    }

    [GeneratedRegex(@"^\| `(?<name>[a-z._]+)` \| (?<kind>counter|gauge|histogram) \| `(?<unit>[^`]+)` \| (?<tags>[^|]*) ?\| (?<meaning>[^|]+) \|$", RegexOptions.Multiline | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 10_000)]
    private static partial Regex Row();

    [GeneratedRegex(@"\b(shacache|http_server)_[a-z_]+", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 10_000)]
    private static partial Regex Used();
}
