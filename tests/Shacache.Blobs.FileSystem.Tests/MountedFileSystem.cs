using System.Diagnostics;
using Shacache.Testing;

namespace Shacache.Blobs.FileSystem.Tests;

/// <summary>A small file system, in memory or in an image, mounted for one test. Needs Linux and root; the test is skipped without.</summary>
internal sealed class MountedFileSystem : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private readonly TemporaryFolder _folder = new();

    private MountedFileSystem()
    {
    }

    public string Path => _folder.Path;

    /// <param name="options">Options of mount, such as <c>size=1m</c>.</param>
    public static MountedFileSystem MountOrSkip(string options) =>
        MountOrSkip("-t", "tmpfs", "-o", options, "tmpfs");

    /// <param name="image">The file to make, of a given length and without any blocks.</param>
    /// <param name="lengthBytes">Its length.</param>
    public static MountedFileSystem MountImageOrSkip(string image, long lengthBytes)
    {
        using (FileStream file = File.Create(image))
            file.SetLength(lengthBytes);
        Assert.Null(Run("mkfs.ext4", "-q", "-O", "^has_journal", image));
        return MountOrSkip("-o", "loop", image);
    }

    public void Remount(string options) => Assert.Null(RunWhenIdle("mount", "-o", $"remount,{options}", Path));

    public void Dispose()
    {
        string? failure = RunWhenIdle("umount", Path);
        Assert.Null(failure);
        _folder.Dispose();
    }

    private static MountedFileSystem MountOrSkip(params string[] arguments)
    {
        if (!OperatingSystem.IsLinux() || !Environment.IsPrivilegedProcess)
            Assert.Skip("Mounting a small file system needs Linux and root.");
        var mounted = new MountedFileSystem();
        if (Run("mount", [.. arguments, mounted.Path]) is { } failure)
        {
            mounted._folder.Dispose();
            // A container may forbid it even to root; a pipeline must not pass without having tried a full disk.
            Assert.SkipWhen(Environment.GetEnvironmentVariable("CI") != "true", $"Mounting is not possible here: {failure}");
            Assert.Fail($"Mounting is not possible here: {failure}");
        }

        return mounted;
    }

    /// <summary>Again, as long as the file system is busy: a process that another test just begins has the open files of this one until its program runs.</summary>
    private static string? RunWhenIdle(string program, params string[] arguments)
    {
        long start = Stopwatch.GetTimestamp();
        string? failure;
        while ((failure = Run(program, arguments))?.Contains("busy", StringComparison.Ordinal) == true && Stopwatch.GetElapsedTime(start) < Patience)
            Thread.Sleep(20);
        return failure;
    }

    private static string? Run(string program, params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(program, arguments) { UseShellExecute = false, RedirectStandardError = true })!;
        string error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0 ? null : $"{program}: {error.Trim()}";
    }
}
