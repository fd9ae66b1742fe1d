namespace Shacache.Blobs.FileSystem;

/// <summary>Something to be done by <see cref="DiskThreads"/>.</summary>
internal interface IDiskJob
{
    /// <summary>Does it. Never throws: the outcome goes to who awaits.</summary>
    void Run();
}
