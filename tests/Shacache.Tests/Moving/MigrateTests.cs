using System.Net;
using Shacache.Cli.Running;
using Shacache.Core.Accounts;
using Shacache.Database.Sqlite;
using Shacache.Testing;
using Shacache.Tests.Serving;

namespace Shacache.Tests.Moving;

/// <summary><c>admin migrate</c> as a process of its own, over a real Ceph and a real PostgreSQL.</summary>
public sealed class MigrateTests : IAsyncLifetime
{
    private readonly HttpClient _http = new() { Timeout = TimeSpan.FromSeconds(60) };
    private MoveSite _site = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _site = await MoveSite.StartAsync();

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        if (_site is not null)
            await _site.DisposeAsync();
    }

    [Fact]
    public async Task Migrate_ThereWhileTheServerRuns_AndBack_EverythingIsTheSame()
    {
        await _site.FillAsync("data");
        using (ServerProcess server = await _site.ServeAsync("data"))
        {
            await _site.UploadAsync(server, 50_000, 1);
            AssertComplete(await MigrateAsync());
            await _site.UploadAsync(server, 60_000, 2);
            await RemoveAsync("data", await _site.UploadAsync(server, 70_000, 3));
            ProgramResult again = await MigrateAsync();
            AssertComplete(again);
            Assert.Contains("objects 1 (58.6 KiB)", again.Error, StringComparison.Ordinal);
            await server.TerminateAsync();
            Assert.Equal(0, await server.WaitForExitAsync());
        }

        AssertComplete(await MigrateAsync());
        Assert.Equal(_site.ListFiles("data"), await _site.ListBucketAsync());
        ProgramResult quiet = await MigrateAsync();
        AssertComplete(quiet);
        Assert.Contains("pass 1,", quiet.Error, StringComparison.Ordinal);
        Assert.Contains("nothing to do", quiet.Error, StringComparison.Ordinal);

        AssertComplete(await _site.MigrateAsync(["--to", _site.PathOf("back"), .. _site.Both]));
        Assert.Equal(_site.ListFiles("data"), _site.ListFiles("back"));
        await _site.AssertSameRowsAsync("data", "back");
        using ServerProcess back = await _site.ServeAsync("back");
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(back, $"/shacache/{_site.ListFiles("data")[0]}"));
    }

    [Fact]
    public async Task Migrate_SourceIsWrittenTo_SaysWhatIsLeft_AndNothingWhenItRests()
    {
        await _site.FillAsync("data");
        using ServerProcess server = await _site.ServeAsync("data");
        using var stop = new CancellationTokenSource();
        Task writing = Task.Run(async () =>
        {
            for (int number = 0; !stop.IsCancellationRequested; number++)
            {
                string path = await _site.UploadAsync(server, 5000, 1000 + number);
                await PutEntryAsync(server, "written", path, number);
                await Task.Delay(10, Token);
            }
        }, Token);
        ProgramResult busy = await MigrateAsync();
        await stop.CancelAsync();
        await writing;
        Assert.Equal(1, busy.ExitCode);
        Assert.Contains("copied in 5 passes.", busy.Text, StringComparison.Ordinal);
        Assert.Matches("\nshacache: the source went on changing; of the last pass: objects \\d+ \\(.*\\), .*entries \\d+.*\\. Stop what writes to it, and run this again\\.\n$", busy.Error);

        AssertComplete(await MigrateAsync());
        Assert.Equal(_site.ListFiles("data"), await _site.ListBucketAsync());
        AssertComplete(await _site.MigrateAsync(["--to", _site.PathOf("back"), .. _site.Both]));
        await _site.AssertSameRowsAsync("data", "back", table => table.IsCounted);
    }

    [Fact]
    public async Task Migrate_KilledInTheMiddle_NoNodeBegins_AndItGoesOnWhereItWas()
    {
        await _site.FillAsync("data", objects: MoveSite.ManyObjects);
        await using (RelayPort toCeph = _site.HoldingRelayToCeph())
        await using (RelayPort toPostgreSql = _site.RelayToPostgreSql())
        using (ServerProcess migrating = ServerProcess.Begin(["admin", "migrate", "--from", _site.PathOf("data"), "--parallel", "1", .. _site.BothAt(toCeph, toPostgreSql)]))
        {
            await _site.WaitForHoldAsync(toCeph);
            await migrating.SignalAsync("KILL");
        }

        (int exitCode, string error) = await ServerProcess.RunAsync(["serve", "--data", _site.PathOf("node"), "--listen", "http://127.0.0.1:0", .. _site.Both]);
        Assert.Equal(1, exitCode);
        Assert.Contains("The database is not whole: the copy of", error, StringComparison.Ordinal);

        // The lease of what was killed ends by itself.
        ProgramResult? result = null;
        await Eventually.IsTrueAsync(async () => (result = await MigrateAsync()).ExitCode == 0);
        AssertComplete(result!);
        Assert.Equal(_site.ListFiles("data"), await _site.ListBucketAsync());
        AssertComplete(await _site.MigrateAsync(["--to", _site.PathOf("back"), .. _site.Rows]));
        await _site.AssertSameRowsAsync("data", "back");
    }

    [Fact]
    public async Task Migrate_DamagedObject_IsNamedAndLeft()
    {
        await _site.FillAsync("data");
        string digest = _site.ListFiles("data")[3];
        await File.WriteAllTextAsync(_site.PathOf("data", "blobs", digest[..2], digest), "damaged", Token);
        ProgramResult result = await MigrateAsync();
        Assert.Equal(1, result.ExitCode);
        Assert.EndsWith($"\nshacache: object {digest} is damaged in the source, and was not copied: its bytes have another digest.\n", result.Error, StringComparison.Ordinal);
        Assert.Equal(_site.ListFiles("data").Where(other => other != digest), await _site.ListBucketAsync());
    }

    [Fact]
    public async Task Migrate_WhatWasTakenAwayMeanwhile_IsTakenAwayThere()
    {
        await _site.FillAsync("data");
        using (ServerProcess server = await _site.ServeAsync("data"))
        {
            string path = await _site.UploadAsync(server, 3000, 1);
            AssertComplete(await MigrateAsync());
            await RemoveAsync("data", path);
            await RunAsync("admin", "remove", "--key", "key:2", "--data", _site.PathOf("data"));
            await RunAsync("admin", "unpin", "--key", "key:1", "--data", _site.PathOf("data"));
        }

        await using (SqliteDatabase database = await SqliteDatabase.OpenAsync(_site.PathOf("data", MoveSite.Database), TimeProvider.System, Token))
            await database.Accounts.RevokeAsync(AccountName.Create("build-1"), MoveSite.Line(AuditAction.Revoke, "build-1"), Token);
        AssertComplete(await MigrateAsync());
        Assert.Equal(_site.ListFiles("data"), await _site.ListBucketAsync());
        Assert.Equal("0", await _site.AskDatabaseAsync("SELECT count(*) FROM shacache.entries WHERE key = 'key:2'"));
        Assert.Equal("0", await _site.AskDatabaseAsync("SELECT count(*) FROM shacache.rules WHERE kind = 1"));
        Assert.Equal("0|0", await _site.AskDatabaseAsync(
            "SELECT (SELECT count(*) FROM shacache.accounts WHERE name = 'build-1' AND revoked_at IS NULL), (SELECT count(*) FROM shacache.account_tokens WHERE revoked_at IS NULL)"));
    }

    [Fact]
    public async Task Migrate_ANodeHasBegun_NothingIsCopiedAnyMore()
    {
        await _site.FillAsync("data");
        AssertComplete(await MigrateAsync());
        using (ServerProcess node = await _site.ServeAsync("node", _site.Both))
        {
            Assert.Equal(HttpStatusCode.OK, await StatusAsync(node, $"/shacache/{_site.ListFiles("data")[0]}"));
            Assert.Equal(HttpStatusCode.OK, await StatusAsync(node, "/shadir/key:1"));
            await PutEntryAsync(node, "key:1", $"/shacache/{_site.ListFiles("data")[0]}", 77);
            await Eventually.IsTrueAsync(async () => await _site.AskDatabaseAsync("SELECT count(*) > 0 FROM shacache.forward_turns WHERE until > now()") == "t");
            ProgramResult busy = await MigrateAsync();
            Assert.Equal(1, busy.ExitCode);
            Assert.Matches("^shacache: A node uses the database that is to be copied to: it has the lease of .*\\. Stop all nodes, wait 20 seconds, and try again\\.\n$", busy.Error);
            await node.TerminateAsync();
            Assert.Equal(0, await node.WaitForExitAsync());
        }

        ProgramResult late = await MigrateAsync();
        Assert.Equal((1, "shacache: The database that is to be copied to has entries, accounts or audit lines of its own. Name an empty one.\n"), (late.ExitCode, late.Error));
        Assert.Equal("1", await _site.AskDatabaseAsync("SELECT count(*) FROM shacache.entries WHERE information LIKE '%77%' AND id = (SELECT max(id) FROM shacache.entries)"));
    }

    [Fact]
    public async Task Migrate_ContentAlone_AndTheDatabaseAlone()
    {
        await _site.FillAsync("data");
        using (ServerProcess server = await _site.ServeAsync("data"))
        {
            string path = await _site.UploadAsync(server, 3000, 1);
            AssertComplete(await _site.MigrateAsync(["--from", _site.PathOf("data"), .. _site.Content]));
            Assert.Equal("f", await _site.AskDatabaseAsync("SELECT to_regclass('shacache.moves') IS NOT NULL"));
            await RemoveAsync("data", path);
        }

        AssertComplete(await _site.MigrateAsync(["--from", _site.PathOf("data"), .. _site.Content]));
        Assert.Equal(_site.ListFiles("data"), await _site.ListBucketAsync());
        AssertComplete(await _site.MigrateAsync(["--from", _site.PathOf("data"), .. _site.Rows]));
        AssertComplete(await _site.MigrateAsync(["--to", _site.PathOf("rows"), .. _site.Rows]));
        await _site.AssertSameRowsAsync("data", "rows");
        AssertComplete(await _site.MigrateAsync(["--to", _site.PathOf("rows"), .. _site.Content]), isRefused: true);
        AssertComplete(await _site.MigrateAsync(["--to", _site.PathOf("objects"), .. _site.Content]));
        Assert.Equal(_site.ListFiles("data"), _site.ListFiles("objects"));
    }

    [Fact]
    public async Task Migrate_WhatMakesNoSense_IsRefusedInOneLine()
    {
        await _site.FillAsync("data", objects: 1);
        (await _site.MigrateAsync("--from", "data")).AssertFails(
            2, "shacache: say where the other stores are: --content s3://…, --database postgresql://…, or --config with them.\nTry 'shacache admin migrate --help'.");
        (await _site.MigrateAsync(["--from", "data", "--to", "data", .. _site.Rows])).AssertFails(
            2, "shacache: say from where or to where: --from DATA or --to DATA, one of them.\nTry 'shacache admin migrate --help'.");
        (await _site.MigrateAsync(["--from", "none", .. _site.Rows])).AssertFails(1, $"shacache: there is no data folder {_site.PathOf("none")}; name it with --from.");
        (await _site.MigrateAsync("--from", "data", "--content", "bucket")).AssertFails(
            78, "shacache: --content: 'bucket' is no place for content: Content is s3://BUCKET or s3://BUCKET/PREFIX.");
        Directory.CreateDirectory(_site.PathOf("empty"));
        (await _site.MigrateAsync(["--from", "empty", .. _site.Content])).AssertFails(
            1, $"shacache: {_site.PathOf("empty")} holds no content: it has no folder blobs. Name the data folder of a server.");
        (await _site.MigrateAsync(["--from", "empty", .. _site.Rows])).AssertFails(
            1, $"shacache: There is no database {_site.PathOf("empty", MoveSite.Database)}. Name the data folder of a server that has its database there.");
        (await _site.MigrateAsync(["--to", "data", .. _site.Content])).AssertFails(1, $"shacache: {_site.PathOf("data")} has content of its own, in blobs. Nothing was changed; name a new folder.");
        (await _site.MigrateAsync(["--to", "data", .. _site.Rows])).AssertFails(
            1, $"shacache: {_site.PathOf("data")} has a database of its own, shacache.sqlite. Nothing was changed; name a new folder.");
        using ServerProcess server = await _site.ServeAsync("data");
        (await _site.MigrateAsync(["--to", "data", .. _site.Rows])).AssertFails(
            1, $"shacache: the data folder {_site.PathOf("data")} is in use by process {server.Id}; stop that one, or name another folder with --data.");
    }

    private Task<ProgramResult> MigrateAsync() => _site.MigrateAsync(["--from", _site.PathOf("data"), .. _site.Both]);

    private static void AssertComplete(ProgramResult result, bool isRefused = false)
    {
        Assert.True((result.ExitCode == 0) != isRefused, $"{result.ExitCode}\n{result.Text}\n{result.Error}");
        if (!isRefused)
            Assert.EndsWith("nothing is left.\n", result.Text, StringComparison.Ordinal);
    }

    private async Task RunAsync(params string[] arguments)
    {
        ProgramResult result = await _site.RunAsync(arguments);
        Assert.True(result.ExitCode == 0, result.Error);
    }

    private Task RemoveAsync(string data, string path) => RunAsync("admin", "remove", "--digest", Path.GetFileName(path), "--data", _site.PathOf(data));

    private async Task PutEntryAsync(ServerProcess server, string key, string path, int number)
    {
        string entry = $$"""["{\"sha512\": \"{{Path.GetFileName(path)}}\", \"number\": \"{{number}}\"}",""]""";
        using var request = new HttpRequestMessage(HttpMethod.Put, new Uri(server.Url, $"/shadir/{key}")) { Content = new StringContent(entry) };
        using HttpResponseMessage answer = await _http.SendAsync(request, Token);
        Assert.Equal(HttpStatusCode.Created, answer.StatusCode);
    }

    private async Task<HttpStatusCode> StatusAsync(ServerProcess server, string path)
    {
        using HttpResponseMessage answer = await _http.GetAsync(new Uri(server.Url, path), Token);
        return answer.StatusCode;
    }
}
