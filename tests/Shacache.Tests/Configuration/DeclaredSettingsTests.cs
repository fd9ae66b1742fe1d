using Microsoft.Extensions.Logging;
using Shacache.Cli.Configuration;
using Shacache.Cli.Configuration.Declaration;
using Shacache.Cli.Configuration.Features;
using Shacache.Cli.Configuration.Values;
using Shacache.Http.Access;
using Shacache.Http.Entries;
using Shacache.Http.Metrics;
using Shacache.Http.Pages;
using Shacache.Http.Upstreams;
using Shacache.Transport;

namespace Shacache.Tests.Configuration;

/// <summary>What holds for every setting, whichever it is.</summary>
public sealed class DeclaredSettingsTests
{
    /// <summary>A value for each unit, within the bounds of every setting and the default of none; for words one for each setting.</summary>
    private static readonly Dictionary<string, string> Samples = new(StringComparer.Ordinal)
    {
        ["URI"] = "postgresql://node@db.example:5433/cache",
        ["path"] = "/srv/x",
        ["URLs"] = "http://127.0.0.1:9 https://[::1]:9",
        ["URL paths"] = "/x /y/z",
        ["host names"] = "x.example y.example",
        ["origins"] = "*.example.org example.org:8080",
        ["URL prefixes"] = "https://example.org/x http://example.org/y",
        ["URL pairs"] = "http://a.example/c http://a.example/d",
        ["URL"] = "http://a.example/c",
        ["true or false"] = "true",
        ["size"] = "9KiB",
        ["size or per cent"] = "7%",
        ["size per second"] = "9KiB",
        ["duration"] = "2h",
        ["number"] = "7",
        ["rights"] = "none",
        ["key-listing"] = "accounts",
        ["read-access"] = "accounts",
        ["pages"] = "off",
        ["transport"] = "kestrel",
        ["log-level"] = "debug",
        ["metrics"] = "administrators",
        ["upstream-order"] = "fastest",
        ["duration or ever"] = "3h",
        ["index URLs"] = "https://a.example/simple/ http://b.example:8/x/",
        ["patterns"] = "*.json dists/*",
        ["type"] = "npm",
        ["evict-order"] = "cost",
        ["user"] = "me",
        ["content"] = "s3://bucket/prefix",
        ["s3-path-style"] = "false",
        ["s3-region"] = "eu-west-1",
    };

    [Fact]
    public void All_Names_AreThereOnce() => Assert.Equal(DeclaredSettings.All.Count, DeclaredSettings.All.DistinctBy(setting => setting.Name).Count());

    [Fact]
    public void All_DefaultAsItIsShown_IsThatValue()
    {
        foreach (Setting<ServerSettings> setting in DeclaredSettings.All)
        {
            var settings = new ServerSettings();
            string shown = setting.Show(settings);

            // What has no default may still need a value, once it is given.
            if (shown.Length > 0)
                Assert.Null(setting.Apply(settings, shown));
            Assert.Equal(shown, setting.Show(settings));
        }
    }

    [Fact]
    public void Apply_AnySetting_SetsWhatItShows_AndNothingElse() => AssertEachSetsItsOwn(DeclaredSettings.All, () => new ServerSettings());

    [Fact]
    public void Apply_AnySettingOfASection_SetsWhatItShows_AndNothingElse() =>
        AssertEachSetsItsOwn([.. UpstreamSection.Table], () => UpstreamSection.Read("x", [], new UpstreamSettings().Limits, "s.ini", []));

    [Fact]
    public void Apply_AnySettingOfARemote_SetsWhatItShows_AndNothingElse() =>
        AssertEachSetsItsOwn([.. RemoteSection.Table], () => RemoteSection.Read("x", [], "s.ini", []));

    [Fact]
    public void Apply_Words_StandForTheMembersOfTheirName()
    {
        Assert.Equal(Enum.GetNames<KeyListingAudience>(), Enum.GetNames<KeyListingAudience>().Select(name => Set("key-listing", name).Cache.KeyListing.ToString()));
        Assert.Equal(Enum.GetNames<ReadAudience>(), Enum.GetNames<ReadAudience>().Select(name => Set("read-access", name).Cache.ReadAccess.ToString()));
        Assert.Equal(Enum.GetNames<PageAudience>(), Enum.GetNames<PageAudience>().Select(name => Set("pages", name).Cache.Pages.Audience.ToString()));
        Assert.Equal(Enum.GetNames<UpstreamOrder>(), Enum.GetNames<UpstreamOrder>().Select(name => Set("upstream-order", name).Upstreams.Options.Order.ToString()));
        Assert.Equal(Enum.GetNames<TransportKind>(), Enum.GetNames<TransportKind>().Select(name => Set("transport", name).Host.Transport.ToString()));
        Assert.Equal(Enum.GetNames<MetricsAudience>(), Enum.GetNames<MetricsAudience>().Select(name => Set("metrics", name).Cache.Metrics.ToString()));
        string[] levels = [.. Enum.GetNames<LogLevel>().Where(name => name != nameof(LogLevel.None))];
        Assert.Equal(levels, levels.Select(name => Set("log-level", name).Logs.Level.ToString()));
    }

    [Fact]
    public void Apply_WrongValue_LeavesTheDefault()
    {
        foreach (Setting<ServerSettings> setting in DeclaredSettings.All)
        {
            var settings = new ServerSettings();
            string before = setting.Show(settings);

            if (setting.Apply(settings, "?%:") is not null)
                Assert.Equal(before, setting.Show(settings));
        }
    }

    private static ServerSettings Set(string name, string member)
    {
        var settings = new ServerSettings();
        Assert.Null(DeclaredSettings.All.Single(setting => setting.Name == name).Apply(settings, member.ToLowerInvariant()));
        return settings;
    }

    private static void AssertEachSetsItsOwn<TOptions>(IReadOnlyList<Setting<TOptions>> all, Func<TOptions> create)
    {
        foreach (Setting<TOptions> setting in all)
        {
            TOptions options = create();
            string[] before = [.. all.Select(other => other.Show(options))];
            string sample = Samples.TryGetValue(setting.Name, out string? own) ? own : Samples[setting.Unit.Name];

            string? problem = setting.Apply(options, sample);

            Assert.Null(problem);
            Assert.Equal(sample, setting.Show(options));
            Assert.Equal([setting.Name], all.Where((other, index) => other.Show(options) != before[index]).Select(other => other.Name));
        }
    }
}
