using Shacache.Benchmarks.Load;

namespace Shacache.Benchmarks;

/// <summary>The run's temporary folder. On the disk of the working tree by default: a memory disk would make every flush free.</summary>
internal static class WorkFolder
{
    /// <param name="parent">Where to make it; null for <c>artifacts/</c> of the repository.</param>
    public static string Create(string? parent)
    {
        string folder = Directory.CreateDirectory(parent ?? Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "../../../../../artifacts"))).FullName;

        // Each run gets a part of the disk of its own. Where thousands of files were deleted in the last minutes, by the run before or by tests,
        // ext4 without a journal looks at each of their inodes whenever it makes a file, for up to a millisecond.
        LibC.SpreadFolders(folder);
        return Directory.CreateDirectory(Path.Combine(folder, $"bench-{Environment.ProcessId}")).FullName;
    }
}
