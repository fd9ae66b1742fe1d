using System.Globalization;
using System.Text.RegularExpressions;

namespace Shacache.Tests.Serving;

/// <summary>What a server shows at /metrics.</summary>
internal sealed partial class MetricsPage
{
    private readonly List<(string Name, Dictionary<string, string> Labels, double Value)> _samples = [];

    private MetricsPage(string text)
    {
        Text = text;
        foreach (Match sample in Sample().Matches(text))
        {
            var labels = Label().Matches(sample.Groups["labels"].Value)
                .ToDictionary(label => label.Groups["name"].Value, label => label.Groups["value"].Value, StringComparer.Ordinal);
            _samples.Add((sample.Groups["name"].Value, labels, double.Parse(sample.Groups["value"].Value, CultureInfo.InvariantCulture)));
        }
    }

    public string Text { get; }

    public static async Task<MetricsPage> ReadAsync(HttpClient client, Uri server) =>
        new(await client.GetStringAsync(new Uri(server, "/metrics"), TestContext.Current.CancellationToken));

    /// <summary>The sums of a metric by some of its labels, without those that are 0.</summary>
    public SortedDictionary<string, double> Sum(string name, Func<Dictionary<string, string>, bool> isMeant, params string[] labels)
    {
        SortedDictionary<string, double> sums = new(StringComparer.Ordinal);
        foreach ((_, Dictionary<string, string> found, double value) in _samples.Where(sample => sample.Name == name && sample.Value != 0 && isMeant(sample.Labels)))
        {
            string key = string.Join(' ', labels.Select(label => found.GetValueOrDefault(label, "")));
            sums[key] = sums.GetValueOrDefault(key) + value;
        }

        return sums;
    }

    /// <summary>The value of a metric that has one.</summary>
    public double Value(string name) => _samples.Single(sample => sample.Name == name).Value;

    [GeneratedRegex(@"^(?<name>[a-z_]+)(\{(?<labels>.*)\})? (?<value>[-+.0-9eE]+)$", RegexOptions.Multiline | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 10_000)]
    private static partial Regex Sample();

    [GeneratedRegex(@"(?<name>[a-z_]+)=""(?<value>[^""]*)""", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 10_000)]
    private static partial Regex Label();
}
