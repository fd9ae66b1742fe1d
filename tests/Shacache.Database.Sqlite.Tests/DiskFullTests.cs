using System.Diagnostics;
using Shacache.Core.Accounts;
using Shacache.Core.Blobs;
using Shacache.Core.Entries;
using Shacache.Testing;
using Shacache.Testing.Entries;

namespace Shacache.Database.Sqlite.Tests;

/// <summary>A file system of eight mebibytes that really runs full. Mounting one takes root.</summary>
public sealed class DiskFullTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly string _ballast;
    private bool _mounted;

    public DiskFullTests() => _ballast = _folder["ballast"];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        if (_mounted)
            Run("umount", "--lazy", _folder.Path);
        _folder.Dispose();
    }

    [Fact]
    public async Task AddAsync_DiskFull_FailsSaysSoReadsGoOnAndWorksAgainWithRoom()
    {
        MountSmallDisk();
        await using SqliteDatabase database = await SqliteDatabase.OpenAsync(_folder["shacache.db"], TimeProvider.System, Token);
        EntryKey key = EntryKey.Create("key");
        await database.Entries.AddAsync(key, Entry(0), Token);
        int added = 1;
        Fill();

        StorageFullException? full = null;
        while (full is null && added < 10_000)
        {
            try
            {
                await database.Entries.AddAsync(key, Entry(added), Token);
                added++;
            }
            catch (StorageFullException e)
            {
                full = e;
            }
        }

        Assert.NotNull(full);
        Assert.Equal("The entry was not added under key key: there is no room for the database.", full.Message);
        Assert.Equal(added, (await database.Entries.ListAsync(key, Token)).Count);

        // What failed may have left a page or two: these need more.
        StorageFullException[] failures = await Task.WhenAll(Enumerable.Range(0, 16).Select(number =>
            Assert.ThrowsAsync<StorageFullException>(async () => await database.Entries.AddAsync(key, Entry(20_000 + number, 200_000), Token))));
        Assert.Equal(16, failures.Length);
        await using var notes = new BlobNotes(database.BlobIndex, new ManualTimeProvider());
        for (int number = 0; number < 1000; number++)
            notes.NoteStored(Digest.Compute(BitConverter.GetBytes(number)), 1);
        await Assert.ThrowsAsync<StorageFullException>(async () => await notes.FlushAsync(Token));

        File.Delete(_ballast);
        Assert.Equal(EntryAddition.Added, await database.Entries.AddAsync(key, Entry(added), Token));
        await notes.FlushAsync(Token);
        Assert.Equal(new BlobTotals(1000, 1000), await database.BlobIndex.CountAsync(Token));
        await database.DisposeAsync();

        await using SqliteDatabase again = await SqliteDatabase.OpenAsync(_folder["shacache.db"], TimeProvider.System, Token);
        Assert.Equal(Enumerable.Range(0, added + 1).Reverse().Select(number => Entry(number)), (await again.Entries.ListAsync(key, Token)).Select(stored => stored.Entry));
    }

    [Fact]
    public async Task NoteAsync_DiskFull_FailsOnceTooManyLinesWaitAndLosesNone()
    {
        MountSmallDisk();
        await using SqliteDatabase database = await SqliteDatabase.OpenAsync(_folder["shacache.db"], new ManualTimeProvider(), Token);
        await using var notes = new AuditNotes(database.AuditLog, new ManualTimeProvider());
        Fill();
        int noted = 0;
        await Assert.ThrowsAsync<StorageFullException>(async () =>
        {
            for (; noted < 100_000; noted++)
                await notes.NoteAsync(Line(noted), Token);
        });

        File.Delete(_ballast);
        await notes.NoteAsync(Line(noted), Token);
        await notes.FlushAsync(Token);
        List<string> subjects = [];
        await foreach (AuditRecord line in database.AuditLog.ReadAsync(new AuditQuery { NewestFirst = false }, Token))
            subjects.Add(line.Entry.Subject);
        Assert.Equal(Enumerable.Range(0, noted + 1).Select(number => $"{number}"), subjects);

        static AuditEntry Line(int number) =>
            new(DateTimeOffset.UnixEpoch, "build-1", AuditAction.Upload, $"{number}", "192.0.2.1", new string('x', 200));
    }

    private static SignedEntry Entry(int number, int textLength = 4000) =>
        EntryGenerators.Entry($$"""{"sha512": "{{Digest.Empty}}", "number": {{number}}, "text": "{{new string('x', textLength)}}"}""", "");

    private static bool Run(string program, params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(program, arguments) { UseShellExecute = false, RedirectStandardError = true, RedirectStandardOutput = true })!;
        return process.WaitForExit(TimeSpan.FromSeconds(20)) && process.ExitCode == 0;
    }

    private void MountSmallDisk()
    {
        if (!OperatingSystem.IsLinux() || !Environment.IsPrivilegedProcess)
            Assert.Skip("mounting a small file system takes root on Linux");
        _mounted = Run("mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", _folder.Path);
        if (!_mounted && Environment.GetEnvironmentVariable("CI") != "true")
            Assert.Skip("this container may not mount a file system");
        Assert.True(_mounted, "mount -t tmpfs failed");
    }

    /// <summary>Leaves about half a mebibyte free.</summary>
    private void Fill()
    {
        using FileStream ballast = File.Create(_ballast);
        byte[] block = new byte[64 * 1024];
        long free = new DriveInfo(_folder.Path).AvailableFreeSpace;
        for (long written = 0; written < free - (512 * 1024); written += block.Length)
            ballast.Write(block);
    }
}
