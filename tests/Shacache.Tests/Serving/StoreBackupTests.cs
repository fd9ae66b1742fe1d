using System.Net;
using System.Text.Json;
using Shacache.Cli.Running;
using Shacache.Cli.Serving.Storage;
using Shacache.Core.Accounts;
using Shacache.Core.Blobs;
using Shacache.Core.Blobs.Repair;
using Shacache.Testing;

namespace Shacache.Tests.Serving;

/// <summary>Backup and restore by the real program.</summary>
public sealed class StoreBackupTests : IDisposable
{
    private static readonly HttpClient Http = new();

    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Backup_AgainAfterChanges_BringsItUpToDate(bool isLinked)
    {
        string[] link = isLinked ? ["--link"] : [];
        await ChangeAsync(storage => StoreAsync(storage, 0..50));
        BackupReportDocument first = Read((await BackupAsync([.. link, "--json"])).AssertDone());
        await ChangeAsync(async storage =>
        {
            await StoreAsync(storage, 50..60);
            for (int number = 0; number < 5; number++)
                await storage.Blobs.DeleteAsync(Name(number), Token);
        });
        using ServerProcess server = await ServerProcess.StartAsync("serve", "--data", _folder["data"], "--listen", "http://127.0.0.1:0");
        BackupReportDocument second = Read((await BackupAsync([.. link, "--json"])).AssertDone());
        BackupReportDocument third = Read((await BackupAsync([.. link, "--json"])).AssertDone());

        Assert.Equal((50L, 50L, 0L), (first.Objects, first.Copied, first.Removed));
        Assert.Equal((55L, 10L, 5L), (second.Objects, second.Copied, second.Removed));
        Assert.Equal((55L, 0L, 0L), (third.Objects, third.Copied, third.Removed));
        await AssertRestoredAsync(5..60);
    }

    [Fact]
    public async Task Backup_WhileUploadsComeAndGo_HasAllThatWasThereBefore()
    {
        using ServerProcess server = await ServerProcess.StartAsync("serve", "--data", _folder["data"], "--listen", "http://127.0.0.1:0");
        for (int number = 0; number < 60; number++)
            await PostAsync(server, number);
        using var stop = new CancellationTokenSource();
        Task uploads = Task.Run(async () =>
        {
            for (int number = 1000; !stop.IsCancellationRequested; number++)
                await PostAsync(server, number);
        });
        (await BackupAsync()).AssertDone();
        await stop.CancelAsync();
        await uploads;
        await AssertRestoredAsync(0..60);
    }

    [Fact]
    public async Task Backup_KilledAtAnyTime_LeavesTheOneBeforeWhole()
    {
        await ChangeAsync(storage => StoreAsync(storage, 0..50));
        (await BackupAsync()).AssertDone();
        int next = 50;
        for (int round = 0; round < 6; round++)
        {
            await ChangeAsync(storage => StoreAsync(storage, next..(next + 40)));
            next += 40;
            using ServerProcess server = await ServerProcess.StartAsync("serve", "--data", _folder["data"], "--listen", "http://127.0.0.1:0");
            Task<ProgramResult> backup = BackupAsync();
            await Task.Delay(300 + (round * 60), Token);
            await server.SignalAsync("KILL");
            await server.WaitForExitAsync();
            await backup;
            await AssertRestoredAsync(0..50, $"new-{round}");
        }

        (await BackupAsync()).AssertDone();
        await AssertRestoredAsync(0..next);
        Assert.Empty(Directory.GetFiles(_folder["backup"], "*.part", SearchOption.AllDirectories));
    }

    [Fact]
    public async Task Backup_DamagedOnTheServer_IsLeftOutAndKeptFromTheBackupBefore()
    {
        await ChangeAsync(storage => StoreAsync(storage, 0..10));
        (await BackupAsync()).AssertDone();
        Spoil("data", 3);
        Assert.Equal(1, (await ShacacheProgram.RunAsync(_folder.Path, "admin", "scrub", "--now", "--data", _folder["data"])).ExitCode);
        (await BackupAsync()).AssertDone();
        await AssertRestoredAsync(0..10);

        // Put back, it is taken anew, whatever the copy was.
        await ChangeAsync(storage => StoreAsync(storage, 3..4));
        Assert.Equal(1, Read((await BackupAsync("--json")).AssertDone()).Copied);
        Assert.Equal(0, Read((await BackupAsync("--json")).AssertDone()).Copied);

        // New to the backup, and damaged.
        await ChangeAsync(storage => StoreAsync(storage, 10..11));
        Spoil("data", 10);
        ProgramResult partial = await BackupAsync("--json");
        Assert.Equal(1, partial.ExitCode);
        Assert.Equal((10L, 1L), (Read(partial).Objects, Read(partial).Damaged));
    }

    [Fact]
    public async Task Restore_DamagedInTheBackup_IsNamedAndLeftOut()
    {
        await ChangeAsync(storage => StoreAsync(storage, 0..10));
        (await BackupAsync()).AssertDone();
        Spoil("backup", 4);
        ProgramResult restored = await RestoreAsync("new");
        Assert.Equal(1, restored.ExitCode);
        Assert.Contains($"object {Name(4)} is damaged in the backup", restored.Error, StringComparison.Ordinal);
        Assert.False(File.Exists(PathOf("new", 4)));
        Assert.True(File.Exists(PathOf("new", 5)));
    }

    [Fact]
    public async Task Restore_Done_IsTheLastLineOfTheAuditLog()
    {
        await ChangeAsync(storage => StoreAsync(storage, 0..3));
        (await BackupAsync()).AssertDone();
        (await RestoreAsync("new")).AssertDone();
        await using EmbeddedStorage storage = await EmbeddedStorage.OpenAsync(new EmbeddedStorageOptions(_folder["new"]), TimeProvider.System, Token);
        AuditRecord line = await storage.Database.AuditLog.ReadAsync(new AuditQuery(), Token).FirstAsync(Token);
        Assert.Equal((AuditAction.Restore, AuditEntry.Operator, _folder["backup"]), (line.Entry.Action, line.Entry.Actor, line.Entry.Subject));
        Assert.Contains("3 objects of", line.Entry.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Backup_Keys_AreInItForTheirOwnerOnly()
    {
        await ChangeAsync(storage => StoreAsync(storage, 0..1));
        (await ShacacheProgram.RunAsync(_folder.Path, "account", "init", "--data", _folder["data"])).AssertDone();
        (await BackupAsync()).AssertDone();
        (await RestoreAsync("new")).AssertDone();
        foreach (string folder in new[] { "backup", "new" })
        {
            Assert.Equal(File.ReadAllText(_folder["data", "ca", "ca.key"]), File.ReadAllText(_folder[folder, "ca", "ca.key"]));
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(_folder[folder, "ca", "ca.key"]));
        }
    }

    [Theory]
    [InlineData("data/backup", "in the data folder")]
    [InlineData(".", "in the data folder")]
    [InlineData("link/backup", "in the data folder")]
    [InlineData("other", "is not empty")]
    [InlineData("file", "is a file")]
    public async Task Backup_IntoAPlaceForSomethingElse_IsRefused(string folder, string reason)
    {
        await ChangeAsync(storage => StoreAsync(storage, 0..1));
        Directory.CreateSymbolicLink(_folder["link"], _folder["data"]);
        Directory.CreateDirectory(_folder["other"]);
        File.WriteAllText(_folder["other", "photo.jpg"], "x");
        File.WriteAllText(_folder["file"], "x");
        ProgramResult refused = await ShacacheProgram.RunAsync(_folder.Path, "admin", "backup", folder, "--data", _folder["data"]);
        Assert.Equal(1, refused.ExitCode);
        Assert.Contains(reason, refused.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_folder["data", "backup"]));
    }

    [Fact]
    public async Task Backup_FromAfar_IsRefused()
    {
        using ServerProcess server = await ServerProcess.StartAsync("serve", "--data", _folder["data"], "--listen", "http://127.0.0.1:0");
        ProgramResult refused = await ShacacheProgram.RunAsync(_folder.Path, "admin", "backup", "backup", "--url", server.Url.AbsoluteUri);
        Assert.Equal(1, refused.ExitCode);
        Assert.Contains("on the server's machine", refused.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_folder["backup"]));
    }

    [Fact]
    public async Task Restore_IntoAFolderWithFiles_OrFromNoBackup_IsRefused()
    {
        await ChangeAsync(storage => StoreAsync(storage, 0..1));
        Directory.CreateDirectory(_folder["empty"]);
        Assert.Contains("holds no complete backup", (await ShacacheProgram.RunAsync(_folder.Path, "admin", "restore", "empty", "--data", "new")).Error, StringComparison.Ordinal);
        (await BackupAsync()).AssertDone();
        Assert.Contains("is not empty", (await RestoreAsync("data")).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Serve_FolderThatWasNotRestoredToItsEnd_IsRefused()
    {
        await ChangeAsync(storage => StoreAsync(storage, 0..1));
        File.WriteAllBytes(_folder["data", "restoring"], []);
        (int exitCode, string error) = await ServerProcess.RunAsync("serve", "--data", _folder["data"], "--listen", "http://127.0.0.1:0");
        Assert.Equal(1, exitCode);
        Assert.Contains("was not restored to its end", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Check_AfterEachOfManyCrashes_TotalsAgree()
    {
        for (int round = 0; round < 5; round++)
        {
            using ServerProcess server = await ServerProcess.StartAsync("serve", "--data", _folder["data"], "--listen", "http://127.0.0.1:0");
            for (int number = round * 20; number < (round + 1) * 20; number++)
                await PostAsync(server, number);
            await server.SignalAsync("KILL");
            await server.WaitForExitAsync();
            using ServerProcess? again = round % 2 == 0 ? null : await ServerProcess.StartAsync("serve", "--data", _folder["data"], "--listen", "http://127.0.0.1:0");
            ProgramResult result = (await ShacacheProgram.RunAsync(_folder.Path, "admin", "check", "--json", "--data", _folder["data"])).AssertDone();
            CheckReportDocument report = JsonSerializer.Deserialize(result.Text, RepairDocuments.Default.CheckReportDocument)!;
            Assert.Equal(report.Files, report.Index);
            Assert.Equal((round + 1) * 20, report.Files.Objects);
        }
    }

    private static BackupReportDocument Read(ProgramResult result) => JsonSerializer.Deserialize(result.Text, RepairDocuments.Default.BackupReportDocument)!;

    private static byte[] Content(int number)
    {
        byte[] content = new byte[number % 10 == 0 ? 1_000_000 : 1_000 + number];
        new Random(number).NextBytes(content);
        return content;
    }

    private static Digest Name(int number) => Digest.Compute(Content(number));

    private string PathOf(string folder, int number) => _folder[folder, "blobs", Name(number).ToString()[..2], Name(number).ToString()];

    private Task<ProgramResult> BackupAsync(params string[] options) =>
        ShacacheProgram.RunAsync(_folder.Path, ["admin", "backup", _folder["backup"], "--data", _folder["data"], .. options]);

    private Task<ProgramResult> RestoreAsync(string folder) => ShacacheProgram.RunAsync(_folder.Path, "admin", "restore", _folder["backup"], "--data", _folder[folder]);

    private async Task AssertRestoredAsync(Range numbers, string folder = "restored")
    {
        (await RestoreAsync(folder)).AssertDone();
        await using EmbeddedStorage storage = await EmbeddedStorage.OpenAsync(new EmbeddedStorageOptions(_folder[folder]), TimeProvider.System, Token);
        for (int number = numbers.Start.Value; number < numbers.End.Value; number++)
            Assert.True(await storage.Blobs.VerifyAsync(Name(number), Token), $"Object {number} is missing.");
        CheckReportDocument report = await storage.Repair.CheckAsync(new RepairTally(), Token);
        Assert.Equal((report.Files, 0L), (report.Index, report.Lost));
    }

    private async Task ChangeAsync(Func<EmbeddedStorage, Task> change)
    {
        using DataFolderLock held = DataFolderLock.Acquire(_folder["data"]);
        await using EmbeddedStorage storage = await EmbeddedStorage.OpenAsync(new EmbeddedStorageOptions(_folder["data"]), TimeProvider.System, Token);
        await change(storage);
    }

    private static async Task StoreAsync(EmbeddedStorage storage, Range numbers)
    {
        for (int number = numbers.Start.Value; number < numbers.End.Value; number++)
            await storage.Blobs.StoreAsync(Name(number), Content(number), Token);
    }

    private static async Task PostAsync(ServerProcess server, int number)
    {
        using var body = new ByteArrayContent(Content(number));
        using HttpResponseMessage answer = await Http.PostAsync(new Uri(server.Url, "/shacache"), body, Token);
        Assert.Equal(HttpStatusCode.Created, answer.StatusCode);
    }

    private void Spoil(string folder, int number)
    {
        using FileStream file = File.Open(PathOf(folder, number), FileMode.Open, FileAccess.ReadWrite);
        int old = file.ReadByte();
        file.Position = 0;
        file.WriteByte((byte)(old ^ 1));
    }
}
