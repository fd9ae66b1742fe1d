namespace Shacache.Benchmarks;

/// <summary>The run's temporary folder. On the disk of the working tree by default: a memory disk would make every flush free.</summary>
internal static class WorkFolder
{
    /// <param name="parent">Where to make it; null for <c>artifacts/</c> of the repository.</param>
    public static string Create(string? parent) =>
        Directory.CreateDirectory(Path.Combine(
            parent ?? Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "../../../../../artifacts")), $"bench-{Environment.ProcessId}")).FullName;
}
