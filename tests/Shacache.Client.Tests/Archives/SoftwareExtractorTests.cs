using System.Diagnostics;
using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;
using Shacache.Client.Archives;
using Shacache.Client.Archives.Posix;
using Shacache.Client.Errors;

namespace Shacache.Client.Tests.Archives;

public sealed class SoftwareExtractorTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly string _target;

    public SoftwareExtractorTests()
    {
        Directory.CreateDirectory(_folder["root"]);
        _target = _folder["root/top"];
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task StageAsync_NotPublished_IsUnseenAndGoesAway()
    {
        await using (StagedSoftware staged = await StageAsync(Small()))
        {
            string hidden = Assert.Single(Directory.GetFileSystemEntries(_folder["root"]));
            Assert.StartsWith(".top.", Path.GetFileName(hidden), StringComparison.Ordinal);
            Assert.Equal("700", Mode(hidden));
            Assert.Equal(1, staged.Summary.Entries - 1);
        }

        Assert.Empty(Directory.GetFileSystemEntries(_folder["root"]));
    }

    [Fact]
    public async Task PublishAsync_Staged_AppearsWithItsModeAndTime()
    {
        await using (StagedSoftware staged = await StageAsync(Small()))
            await staged.PublishAsync(TestContext.Current.CancellationToken);

        Assert.Equal([_target], Directory.GetFileSystemEntries(_folder["root"]));
        Assert.Equal("755", Mode(_target));
        Assert.Equal(DateTime.UnixEpoch.AddSeconds(1_600_000_000), Directory.GetLastWriteTimeUtc(_target));
    }

    [Fact]
    public async Task PublishAsync_TargetAppearedMeanwhile_LeavesItAlone()
    {
        await using (StagedSoftware staged = await StageAsync(Small()))
        {
            Directory.CreateDirectory(_target);
            var exception = await Assert.ThrowsAsync<ArchiveException>(() => staged.PublishAsync(TestContext.Current.CancellationToken));
            Assert.Contains("exists already", exception.Message, StringComparison.Ordinal);
        }

        Assert.Empty(Directory.GetFileSystemEntries(_target));
        Assert.Equal([_target], Directory.GetFileSystemEntries(_folder["root"]));
    }

    [Fact]
    public async Task StageAsync_TargetExists_IsLeftAlone()
    {
        File.WriteAllText(_target, "here first");

        Assert.Contains("exists already", (await Assert.ThrowsAsync<ArchiveException>(() => StageAsync(Small()))).Message, StringComparison.Ordinal);
        Assert.Equal("here first", File.ReadAllText(_target));
    }

    [Fact]
    public async Task StageAsync_StreamFails_GivesItsErrorAndLeavesNothing()
    {
        byte[] archive = Large(3_000_000);

        var exception = await Assert.ThrowsAsync<IOException>(
            () => StageAsync(new SourceStream(archive, archive.Length / 2, () => throw new IOException("The line is dead."))));

        Assert.Equal("The line is dead.", exception.Message);
        Assert.Empty(Directory.GetFileSystemEntries(_folder["root"]));
    }

    [Fact]
    public async Task StageAsync_Cancelled_LeavesNothing()
    {
        byte[] archive = Large(3_000_000);
        using var stop = new CancellationTokenSource();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => new SoftwareExtractor().StageAsync(new SourceStream(archive, archive.Length / 2, stop.Cancel), _target, null, stop.Token));

        Assert.Empty(Directory.GetFileSystemEntries(_folder["root"]));
    }

    [Fact]
    public async Task StageAsync_WithProgress_GrowsToTheSummary()
    {
        byte[] archive = Large(5_000_000);
        var reports = new List<ArchiveProgress>();

        using var stream = new MemoryStream(archive);
        await using StagedSoftware staged = await new SoftwareExtractor().StageAsync(
            stream, _target, new ImmediateProgress(reports.Add), TestContext.Current.CancellationToken);

        Assert.True(reports.Count >= 4);
        Assert.Equal(new ArchiveProgress(archive.Length, staged.Summary.ContentBytes, staged.Summary.Entries), reports[^1]);
    }

    [Fact]
    public async Task StageAsync_LeftBehindByACrash_IsRemovedButNotWhatIsInUse()
    {
        Directory.CreateDirectory(_folder["root/.top.0123abcd.partial/sub"]);
        Directory.CreateDirectory(_folder["root/.other.0123abcd.partial"]);

        await using StagedSoftware first = await StageAsync(Small());
        await using StagedSoftware second = await StageAsync(Small());

        Assert.Equal(3, Directory.GetFileSystemEntries(_folder["root"]).Length);
        Assert.False(Directory.Exists(_folder["root/.top.0123abcd.partial"]));
        await second.PublishAsync(TestContext.Current.CancellationToken);
        Assert.True(File.Exists(Path.Combine(_target, "file")));
    }

    [Fact]
    public async Task ExtractAsync_SetIdAllowed_RestoresTheBits()
    {
        byte[] archive = new HostileArchive().Folder("top", 1517).File("top/f", mode: 2541).End().Gzip();

        using var stream = new MemoryStream(archive);
        await new SoftwareExtractor(new ExtractionOptions { AllowSetId = true }).ExtractAsync(stream, _target, null, TestContext.Current.CancellationToken);

        Assert.Equal("4755", Mode(Path.Combine(_target, "f")));
        Assert.Equal("2755", Mode(_target));
    }

    [Fact]
    public async Task ExtractAsync_WrittenByPython_IsExtracted()
    {
        RequireFile("/usr/bin/python3");
        Directory.CreateDirectory(_folder["top"]);
        File.WriteAllText(_folder["top/fïle"], "content");
        File.CreateSymbolicLink(_folder["top/link"], new string('t', 150));
        foreach (string format in new[] { "PAX", "GNU", "USTAR" })
        {
            await Programs.RunAsync(
                "/usr/bin/python3", "-c", $"import sys, tarfile; t = tarfile.open(sys.argv[1], 'w:gz', format=tarfile.{format}_FORMAT); t.add(sys.argv[2], 'top', filter=lambda i: None if '{format}' == 'USTAR' and i.issym() else i); t.close()", _folder["archive"], _folder["top"]);
            string target = Directory.CreateDirectory(_folder[$"root/{format}"]).FullName + "/top";
            await using FileStream archive = File.OpenRead(_folder["archive"]);
            await new SoftwareExtractor().ExtractAsync(archive, target, null, TestContext.Current.CancellationToken);
            Assert.Equal("content", File.ReadAllText(Path.Combine(target, "fïle")));
        }
    }

    [Fact]
    public async Task WriteAsync_ReadByPython_BringsEverythingBack()
    {
        RequireFile("/usr/bin/python3");
        SampleRelease.Create(_folder["top"]);
        await using (FileStream archive = File.Create(_folder["archive"]))
            await new SoftwareArchiver().WriteAsync(_folder["top"], archive, null, TestContext.Current.CancellationToken);

        // Once with seeking, once as a stream, which older Pythons read one gzip member of only.
        foreach (string mode in new[] { "r:gz", "r|gz" })
        {
            string output = Directory.CreateDirectory(_folder[$"root/{mode[1]}"]).FullName;
            await Programs.RunAsync(
                "/usr/bin/python3", "-c", "import sys, tarfile; tarfile.open(sys.argv[1], sys.argv[3]).extractall(sys.argv[2])", _folder["archive"], output, mode);
            // Python keeps times as floating point numbers, and gives links none.
            Assert.Equal(Coarse(TreeSnapshot.Read(_folder["top"])), Coarse(TreeSnapshot.Read(Path.Combine(output, "top"))));
        }

        static List<string> Coarse(List<string> lines) =>
            [.. lines.Select(line => line.Split("TimeSpec {")[0] + line[(line.IndexOf('}', StringComparison.Ordinal) + 1)..])];
    }

    [Fact]
    public async Task ExtractAsync_KilledAtAnyMoment_LeavesTheOldStateOrTheNew()
    {
        Directory.CreateDirectory(_folder["top"]);
        for (int i = 0; i < 400; i++)
            File.WriteAllText(_folder[$"top/{i}"], new string('x', 1000));
        await using (FileStream archive = File.Create(_folder["archive"]))
            await new SoftwareArchiver().WriteAsync(_folder["top"], archive, null, TestContext.Current.CancellationToken);
        List<string> whole = TreeSnapshot.Read(_folder["top"]);

        int killed = 0, installed = 0;
        var random = new Random(1);
        for (int round = 0; round < 12; round++)
        {
            using Process child = ExtractionChild.Start(_folder["archive"], _target);
            // It says when it begins; the kill comes at some place of the work that follows.
            await child.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken);
            using var exited = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
            exited.CancelAfter(random.Next(0, 150));
            try
            {
                await child.WaitForExitAsync(exited.Token);
            }
            catch (OperationCanceledException)
            {
                child.Kill();
                killed++;
            }

            await child.WaitForExitAsync(TestContext.Current.CancellationToken);
            if (Directory.Exists(_target))
            {
                Assert.Equal(whole, TreeSnapshot.Read(_target));
                Directory.Delete(_target, recursive: true);
                installed++;
            }
        }

        Assert.True(killed > 0, "No round was killed: the child is too fast.");
        await using (FileStream archive = File.OpenRead(_folder["archive"]))
            await new SoftwareExtractor().ExtractAsync(archive, _target, null, TestContext.Current.CancellationToken);
        Assert.Equal([_target], Directory.GetFileSystemEntries(_folder["root"]));
        TestContext.Current.TestOutputHelper?.WriteLine($"{killed} killed, {installed} installed");
    }

    private static string Mode(string path)
    {
        using SafeFileHandle folder = FileSystemCalls.OpenFolder(Path.GetDirectoryName(path)!);
        return Convert.ToString(FileSystemCalls.FindStatus(folder, FileName.FromText(Path.GetFileName(path)))!.Value.Permissions, 8);
    }

    private static void RequireFile(string path)
    {
        if (File.Exists(path))
            return;
        Assert.NotEqual("true", Environment.GetEnvironmentVariable("CI"));
        Assert.Skip($"{path} is not installed.");
    }

    private Task<StagedSoftware> StageAsync(Stream archive) => new SoftwareExtractor().StageAsync(archive, _target, null, TestContext.Current.CancellationToken);

    private static MemoryStream Small() => new(new HostileArchive().Folder("top").File("top/file").End().Gzip());

    private static byte[] Large(int length) =>
        new HostileArchive().Folder("top").File("top/file", Convert.ToBase64String(RandomNumberGenerator.GetBytes(length))).End().Gzip();
}
