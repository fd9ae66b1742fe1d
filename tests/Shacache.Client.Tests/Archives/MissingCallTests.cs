using System.Diagnostics;
using Microsoft.Win32.SafeHandles;
using Shacache.Client.Archives;
using Shacache.Client.Archives.Posix;

namespace Shacache.Client.Tests.Archives;

/// <summary>Extraction where system calls fail as they do on file systems that lack them. The numbers are those of the errors: 1 EPERM, 5 EIO, 22 EINVAL, 37 ENOLCK, 38 ENOSYS, 95 EOPNOTSUPP.</summary>
public sealed class MissingCallTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly string _target;

    public MissingCallTests()
    {
        if (!OperatingSystem.IsLinux())
            Assert.Skip("Filters of system calls are Linux's.");
        Directory.CreateDirectory(_folder["root"]);
        _target = _folder["root/software"];
        SampleRelease.Create(_folder["software"]);
    }

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("flock=38")]
    [InlineData("flock=37")]
    [InlineData("flock=95")]
    [InlineData("renameat2=1")]
    [InlineData("renameat2=22")]
    [InlineData("renameat2=38")]
    [InlineData("renameat2=95")]
    [InlineData("syncfs=38")]
    [InlineData("syncfs=1 fsync=22")]
    public async Task ExtractAsync_CallThatHasASecondWay_BringsEverythingBack(string failures)
    {
        (int exitCode, string[] lines) = await ExtractAsync(failures);

        Assert.Equal((0, ""), (exitCode, string.Join('\n', lines)));
        Assert.Equal(TreeSnapshot.Read(_folder["software"]), TreeSnapshot.Read(_target));
        Assert.Equal([_target], Directory.GetFileSystemEntries(_folder["root"]));
    }

    [Theory]
    [InlineData("linkat=1", "hard links of the archive become copies: Operation not permitted.")]
    [InlineData("linkat=38", "hard links of the archive become copies: Function not implemented.")]
    [InlineData("linkat=31", "hard links of the archive become copies: Too many links.")]
    [InlineData("utimensat=38", "the times of symbolic links of the archive are not restored: Function not implemented.|the times of the archive are not restored: Function not implemented.")]
    [InlineData("fchmod=1", "the modes of the archive are not restored: Operation not permitted.")]
    public async Task ExtractAsync_CallThatHasNone_WarnsOnceAndRestoresTheRest(string failures, string warning)
    {
        (int exitCode, string[] lines) = await ExtractAsync(failures);

        Assert.Equal((0, warning), (exitCode, string.Join('|', lines.Order(StringComparer.Ordinal))));
        Assert.Equal([_target], Directory.GetFileSystemEntries(_folder["root"]));
        foreach (string file in (string[])["bin/tool", "bin/hard link", "hard link", "large", new string('h', 200)])
            Assert.Equal(File.ReadAllBytes(Path.Combine(_folder["software"], file)), File.ReadAllBytes(Path.Combine(_target, file)));
        if (failures.StartsWith("linkat", StringComparison.Ordinal))
        {
            using SafeFileHandle was = FileSystemCalls.OpenFolder(_folder["software"]), isNow = FileSystemCalls.OpenFolder(_target);
            FileStatus before = FileSystemCalls.FindStatus(was, "hard link\0"u8)!.Value, after = FileSystemCalls.FindStatus(isNow, "hard link\0"u8)!.Value;
            Assert.Equal((before.Permissions, before.Modified, before.Owner, 1u), (after.Permissions, after.Modified, after.Owner, after.LinkCount));
        }
    }

    [Fact]
    public async Task ExtractAsync_OwnersCannotBeChanged_WarnsOnce()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "Only root changes owners.");
        await Programs.RunAsync("chown", "-hR", "5:60", _folder["software"]);

        (int exitCode, string[] lines) = await ExtractAsync("fchown=1 fchownat=1");

        Assert.Equal((0, "the owners of the archive are not restored: Operation not permitted."), (exitCode, string.Join('\n', lines)));
        Assert.True(File.Exists(Path.Combine(_target, "bin/tool")));
    }

    [Fact]
    public async Task ExtractAsync_NoLocksAndAFolderLeftBehind_NamesItAndLeavesItAlone()
    {
        Directory.CreateDirectory(_folder["root/.software.0123abcd.partial"]);

        (int exitCode, string[] lines) = await ExtractAsync("flock=38");

        Assert.Equal(0, exitCode);
        Assert.Contains("'.software.0123abcd.partial' belongs to another installation or was left behind", Assert.Single(lines), StringComparison.Ordinal);
        Assert.Equal([_folder["root/.software.0123abcd.partial"], _target], Directory.GetFileSystemEntries(_folder["root"]).Order(StringComparer.Ordinal));
    }

    /// <summary>The error is the original failure; what could not be cleaned up is a warning.</summary>
    [Fact]
    public async Task ExtractAsync_CleanUpFailsToo_ReportsTheFirstReason()
    {
        (int exitCode, string[] lines) = await ExtractAsync("unlinkat=5");

        Assert.Equal(1, exitCode);
        Assert.Equal("Nothing can be extracted: cannot remove '.probe': Input/output error.", lines[^1]);
        Assert.Contains("is left behind: cannot remove", lines[0], StringComparison.Ordinal);
    }

    private async Task<(int ExitCode, string[] Lines)> ExtractAsync(string failures)
    {
        await using (FileStream archive = File.Create(_folder["archive"]))
            await new SoftwareArchiver().WriteAsync(_folder["software"], archive, null, TestContext.Current.CancellationToken);
        using Process child = ExtractionChild.Start(_folder["archive"], _target, failures);
        string output = await child.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await child.WaitForExitAsync(TestContext.Current.CancellationToken);
        string[] lines = output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal("begins", lines[0]);
        return (child.ExitCode, lines[1..]);
    }
}
