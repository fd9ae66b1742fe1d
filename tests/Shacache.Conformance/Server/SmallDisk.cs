using System.Diagnostics;

namespace Shacache.Conformance.Server;

/// <summary>A small file system of its own, to be filled up. Where none can be mounted the test is skipped, and fails when CI=true.</summary>
internal sealed class SmallDisk : IAsyncDisposable
{
    private SmallDisk(string path) => Path = path;

    /// <summary>Where it is mounted.</summary>
    public string Path { get; }

    /// <param name="path">Where to mount it.</param>
    public static async Task<SmallDisk> MountAsync(string path)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && Environment.IsPrivilegedProcess, "Only root can mount a small file system to fill.");
        Directory.CreateDirectory(path);
        bool isMounted = await RunAsync("mount", "-t", "tmpfs", "-o", "size=48m", "tmpfs", path);
        bool mustWork = Environment.GetEnvironmentVariable("CI") == "true";
        Assert.SkipUnless(isMounted || mustWork, "This system lets root mount nothing.");
        Assert.True(isMounted, "A small tmpfs cannot be mounted, and CI=true demands it.");
        return new SmallDisk(path);
    }

    /// <summary>Makes room: twice of what there was.</summary>
    public async Task GrowAsync() => Assert.True(await RunAsync("mount", "-o", "remount,size=96m", Path));

    public async ValueTask DisposeAsync() => await RunAsync("umount", "-l", Path);

    private static async Task<bool> RunAsync(string program, params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(program, arguments) { UseShellExecute = false, RedirectStandardError = true })!;
        await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return process.ExitCode == 0;
    }
}
