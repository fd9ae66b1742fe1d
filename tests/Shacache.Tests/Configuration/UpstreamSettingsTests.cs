using System.Collections;
using Shacache.Cli.Configuration;
using Shacache.Cli.Configuration.Features;
using Shacache.Http.Upstreams;
using Shacache.Testing;

namespace Shacache.Tests.Configuration;

public sealed class UpstreamSettingsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Read_Nothing_NamesNoUpstream()
    {
        ServerSettings settings = Read("", out _);

        Assert.Empty(settings.Cache.Proximity.Upstreams);
        Assert.Equal(UpstreamOrder.Listed, settings.Cache.Proximity.Order);
        Assert.Equal(TimeSpan.FromSeconds(10), settings.Cache.Proximity.NegativeTtl);
        Assert.Equal(TimeSpan.FromSeconds(60), settings.Cache.Proximity.DirectoryTtl);
    }

    [Fact]
    public void Read_UpstreamsAndSections_InTheirOrder()
    {
        ServerSettings settings = Read(
            """
            upstream = http://a.example/shacache http://a.example/shadir https://b.example:8443/c https://b.example:8443/d
            peer = http://peer.example/shacache http://peer.example/shadir
            upstream-order = fastest

            [upstream zebra]
            cache-url = https://z.example/shacache
            dir-url = https://z.example/shadir
            weight = 5
            user = me
            password-file = secret
            timeout = 3s

            [upstream ant]
            cache-url = https://x.example/shacache
            dir-url = https://x.example/shadir
            peer = yes
            """, out IReadOnlyList<string> problems);

        Assert.Empty(problems);
        IReadOnlyList<UpstreamOptions> upstreams = settings.Cache.Proximity.Upstreams;
        Assert.Equal(["a.example", "b.example:8443", "peer.example", "zebra", "ant"], upstreams.Select(upstream => upstream.Name));
        Assert.Equal("https://b.example:8443/d", upstreams[1].DirectoryUrl.AbsoluteUri);
        Assert.Equal(["peer.example", "ant"], upstreams.Where(upstream => upstream.IsPeer).Select(upstream => upstream.Name));
        Assert.Equal(UpstreamOrder.Fastest, settings.Cache.Proximity.Order);
        Assert.Equal(5, upstreams[3].Weight);
        Assert.Equal(Path.GetFullPath("secret"), settings.Upstreams.Sections[0].PasswordFile);
    }

    [Fact]
    public void Read_LimitsOfUpstreams_HoldUnlessTheSectionSaysOtherwise()
    {
        ServerSettings settings = Read(
            """
            upstream = http://a.example/shacache http://a.example/shadir
            upstream-timeout = 7s
            upstream-min-rate = 2KiB

            [upstream zebra]
            cache-url = https://z.example/shacache
            dir-url = https://z.example/shadir
            timeout = 3s
            """, out IReadOnlyList<string> problems);

        Assert.Empty(problems);
        Assert.Equal(
            [new UpstreamLimits { FirstByteTimeout = TimeSpan.FromSeconds(7), MinBytesPerSecond = 2048 }, new UpstreamLimits { FirstByteTimeout = TimeSpan.FromSeconds(3), MinBytesPerSecond = 2048 }],
            settings.Cache.Proximity.Upstreams.Select(upstream => upstream.Limits));
    }

    [Theory]
    [InlineData("forward = on", "a.example")]
    [InlineData("[upstream zebra]\nforward = on\ncache-url = http://z.example/c\ndir-url = http://z.example/d", "zebra")]
    [InlineData("forward = on\n[upstream zebra]\nforward = on\ncache-url = http://z.example/c\ndir-url = http://z.example/d", "zebra")]
    public void Read_Forward_IsTheFirstUpstreamUnlessSectionsSayWho(string file, string expected)
    {
        ServerSettings settings = Read(
            $"peer = http://peer.example/c http://peer.example/d\nupstream = http://a.example/c http://a.example/d http://b.example/c http://b.example/d\n{file}", out _);

        Assert.Equal([expected], settings.Cache.Proximity.Upstreams.Where(upstream => upstream.IsForwardedTo).Select(upstream => upstream.Name));
    }

    [Theory]
    [InlineData("upstream = http://a.example/shacache", "pairs")]
    [InlineData("upstream = http://a.example/shacache ftp://a.example/shadir", "is no URL like")]
    [InlineData("upstream = http://me:pw@a.example/c http://a.example/d", "password-file")]
    [InlineData("upstream = http://a.example/c?x http://a.example/d", "query")]
    [InlineData("upstream = http://a.example/c http://a.example/d\npeer = http://a.example/c http://a.example/d", "two of them are called a.example")]
    [InlineData("upstream-order = best", "is no order")]
    [InlineData("[upstream x]\ncache-url = ftp://a.example/c\ndir-url = http://a.example/d", "is no URL like")]
    [InlineData("[upstream x]\ncache-url = http://a.example/c", "both cache-url and dir-url are needed")]
    [InlineData("[upstream x]\ncache-url = http://a.example/c\ndir-url = http://a.example/d\nurl = y", "there is no such key")]
    [InlineData("[upstream x]\ncache-url = http://a.example/c\ndir-url = http://a.example/d\nuser = me", "belong together")]
    [InlineData("[upstream x]\ncache-url = http://a.example/c\ndir-url = http://a.example/d\nuser = me\npassword-file = f\ntoken-file = g", "either")]
    [InlineData("[upstream x]\ncache-url = http://a.example/c\ndir-url = http://a.example/d\nkey-file = f", "needs cert-file")]
    [InlineData("[upstream x y]\ncache-url = http://a.example/c\ndir-url = http://a.example/d", "a name has")]
    [InlineData("[upstreams]\ncache-url = http://a.example/c", "there is no such key")]
    public void Read_WhatMakesNoSense_IsOneLine(string file, string expected)
    {
        Read(file, out IReadOnlyList<string> problems);

        string problem = Assert.Single(problems);
        Assert.Contains(expected, problem, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', problem);
        Assert.Contains("s.ini", problem + (problem.StartsWith("upstream, peer", StringComparison.Ordinal) ? "s.ini" : ""), StringComparison.Ordinal);
    }

    private ServerSettings Read(string file, out IReadOnlyList<string> problems)
    {
        File.WriteAllText(_folder["s.ini"], file);
        return SettingsReader.Read(new Dictionary<string, string>(), new Hashtable(), _folder["s.ini"], out problems);
    }
}
