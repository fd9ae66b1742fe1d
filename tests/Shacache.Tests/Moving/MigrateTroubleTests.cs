using System.Globalization;
using System.Text.RegularExpressions;
using Shacache.Cli.Moving;
using Shacache.Cli.Running;
using Shacache.Testing;
using Shacache.Tests.Serving;

namespace Shacache.Tests.Moving;

/// <summary><c>admin migrate</c> when it runs twice, on a terminal, without its engines, and beside a server that has its database elsewhere.</summary>
public sealed partial class MigrateTroubleTests : IAsyncLifetime
{
    private const int Columns = 80;

    private MoveSite _site = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _site = await MoveSite.StartAsync();

    public async ValueTask DisposeAsync()
    {
        if (_site is not null)
            await _site.DisposeAsync();
    }

    [Fact]
    public async Task Migrate_AnEngineIsAwayAtTheBeginning_FailsAtOnce()
    {
        await _site.FillAsync("data", objects: 1);
        await using RelayPort toCeph = _site.RelayToCeph();
        await using RelayPort toPostgreSql = _site.RelayToPostgreSql();
        toCeph.Cut();
        ProgramResult result = await _site.MigrateAsync(["--from", _site.PathOf("data"), .. _site.BothAt(toCeph, toPostgreSql)]);
        result.AssertEnds(1);
        Assert.Matches($"^shacache: Content in s3://.* cannot be used: .*127\\.0\\.0\\.1:{toCeph.Number}.*\n$", result.Error);
        toCeph.Mend();
        toPostgreSql.Cut();
        result = await _site.MigrateAsync(["--from", _site.PathOf("data"), .. _site.BothAt(toCeph, toPostgreSql)]);
        result.AssertEnds(1);
        Assert.Matches("^shacache: .*PostgreSQL does not answer.*\n$", result.Error);
    }

    [Fact]
    public async Task Migrate_TwiceAtOnce_TheSecondIsRefused_AndTheFirstEndsRight()
    {
        await _site.FillAsync("data", objects: MoveSite.ManyObjects, stepBytes: 20);
        await using (RelayPort toCeph = _site.HoldingRelayToCeph())
        await using (RelayPort toPostgreSql = _site.RelayToPostgreSql())
        using (ServerProcess first = ServerProcess.Begin(["admin", "migrate", "--from", _site.PathOf("data"), "--parallel", "1", .. _site.BothAt(toCeph, toPostgreSql)]))
        {
            await _site.WaitForHoldAsync(toCeph);
            ProgramResult second = await _site.MigrateAsync(["--from", _site.PathOf("data"), .. _site.Both]);
            second.AssertEnds(1);
            Assert.Equal($"shacache: Another process copies into {_site.Rows[1]}, or did until a moment ago. Wait for it, or 20 seconds.\n", second.Error);
            toCeph.Mend();
            Assert.Equal(0, await first.WaitForExitAsync());
        }

        Assert.Equal(_site.ListFiles("data"), await _site.ListBucketAsync());

        // Content alone has no such lease: both end right.
        ProgramResult[] both = await Task.WhenAll(
            _site.MigrateAsync(["--from", _site.PathOf("data"), .. _site.ContentBelow("again")]), _site.MigrateAsync(["--from", _site.PathOf("data"), .. _site.ContentBelow("again")]));
        foreach (ProgramResult one in both)
            one.AssertEnds(0);
        Assert.Equal(_site.ListFiles("data"), await _site.ListBucketAsync("again"));
    }

    [Fact]
    public async Task Migrate_OnATerminal_ShowsBytesAndObjectsASecond_WithinItsWidth()
    {
        await _site.FillAsync("data", objects: MoveSite.ManyObjects, stepBytes: 20);
        await using RelayPort toCeph = _site.HoldingRelayToCeph();
        await using RelayPort toPostgreSql = _site.RelayToPostgreSql();
        (await _site.RunAsync("admin", "reindex", "--data", "data")).AssertEnds(0);
        string arguments = string.Join(' ', _site.BothAt(toCeph, toPostgreSql).Select(argument => $"'{argument}'"));
        using PseudoTerminal terminal = _site.Show(string.Create(CultureInfo.InvariantCulture, $"stty cols {Columns}; $SHACACHE admin migrate --from data --parallel 1 {arguments}"));

        // Held up for a while, so that it does not end before it was shown.
        string shown = await terminal.ReadUntilAsync("pass 1, ");
        toCeph.Cut();
        shown += await terminal.ReadUntilAsync("waited for");
        toCeph.Mend();
        (int exitCode, string rest) = await terminal.FinishAsync();
        shown += rest;
        Assert.Equal(0, exitCode);
        Assert.Matches("pass 1, [0-9]+ objects \\([0-9]+/s\\)", shown);
        Assert.Matches("[0-9.]+ of [0-9.]+ MiB  [0-9.]+ [KMi]*B/s", shown);
        foreach (string line in EscapeSequence().Replace(shown, "").Split('\n', '\r'))
        {
            Assert.True(line.Length <= Columns || line.StartsWith("shacache: ", StringComparison.Ordinal) || line.EndsWith("nothing is left.", StringComparison.Ordinal), line);

            // Nothing of it is cut off.
            Assert.True(!line.StartsWith("pass ", StringComparison.Ordinal) || WholeLine().IsMatch(line), line);
        }

        // The cursor is shown again, and the result stands at the end.
        Assert.Contains("\x1b[?25h", shown, StringComparison.Ordinal);
        Assert.Matches("data to [^\r\n]*nothing is left\\.\r\n$", EscapeSequence().Replace(shown, "").Replace(_site.PathOf("data"), "data", StringComparison.Ordinal));
    }

    /// <summary>A server with content in its folder and its database in PostgreSQL: content is copied, what is taken away meanwhile goes there, too.</summary>
    [Fact]
    public async Task Migrate_ContentAlone_DatabaseElsewhere_FollowsRemovals()
    {
        using (ServerProcess server = await _site.ServeAsync("data", _site.Rows))
        {
            string stays = await _site.UploadAsync(server, 3000, 1);
            string goes = await _site.UploadAsync(server, 4000, 2);
            (await _site.MigrateAsync(["--from", _site.PathOf("data"), .. _site.Both])).AssertEnds(0);
            Assert.Equal(_site.ListFiles("data"), await _site.ListBucketAsync());
            (await _site.RunAsync("admin", "remove", "--digest", Path.GetFileName(goes), "--data", _site.PathOf("data"))).AssertDone();
            ProgramResult again = await _site.MigrateAsync(["--from", _site.PathOf("data"), .. _site.Both]);
            again.AssertEnds(0);
            Assert.Contains("removed objects 1", again.Error, StringComparison.Ordinal);
            Assert.Equal([Path.GetFileName(stays)], await _site.ListBucketAsync());
        }

        string place = _site.Rows[1];
        string advice = "Name it as the server does (database in the file of --config, or --database), since it says what is taken away while content is copied.";
        (await _site.MigrateAsync(["--from", "data", .. _site.Content])).AssertFails(1, $"shacache: The database of {_site.PathOf("data")} is {place}, and stays there. {advice}");
        (await _site.MigrateAsync(["--from", "data", .. _site.Content, "--database", "postgresql://other/other"])).AssertFails(1, $"shacache: The database of {_site.PathOf("data")} is {place}, and stays there. {advice}");
        (await _site.MigrateAsync(["--from", "data", .. _site.Rows])).AssertEnds(1);
    }

    [Fact]
    public void MayWait_LimitOfTroubleWithoutProgress_EndsIt()
    {
        var time = new ManualTimeProvider();
        var patience = new EnginePatience(time);
        for (TimeSpan passed = TimeSpan.Zero; passed < EnginePatience.Limit; passed += TimeSpan.FromSeconds(30))
        {
            Assert.True(patience.MayWait(hasProgressed: false));
            patience.NoteResumed();
            time.Advance(TimeSpan.FromSeconds(30));
        }

        Assert.False(patience.MayWait(hasProgressed: false));
        Assert.True(patience.MayWait(hasProgressed: true));
        time.Advance(EnginePatience.Limit);
        Assert.False(patience.MayWait(hasProgressed: false));

        // What went on for long was another trouble.
        patience.NoteResumed();
        time.Advance(TimeSpan.FromMinutes(2));
        Assert.True(patience.MayWait(hasProgressed: false));
    }

    [GeneratedRegex("^pass [0-9], [0-9]+ (objects?|rows?) \\([0-9]+/s\\) [^0-9A-Za-z]+[0-9.]+ of [0-9.]+ MiB(  [0-9.]+ [KMi]*B/s(  [0-9]+ (s|min|h) left)?)? *$", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex WholeLine();

    [GeneratedRegex(@"\x1b\[[0-9;?]*[A-Za-z]|\x1b[=>]", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex EscapeSequence();
}
