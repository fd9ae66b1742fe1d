namespace Shacache.Blobs.FileSystem;

/// <summary>Where a <see cref="FileSystemBlobStore"/> keeps its files, and how it writes them.</summary>
public sealed record FileSystemBlobOptions
{
    /// <summary>The folder that holds <c>blobs/</c> and <c>incoming/</c>, which must share one file system. Created when it is missing.</summary>
    public required string DataFolder { get; init; }

    /// <summary>
    /// How many threads write and flush side by side, 1 to 256; default 16. A file system joins the flushes that wait at the same
    /// time; beyond about 16 there was nothing more to gain. They are started as they are needed.
    /// </summary>
    public int DiskThreads { get; init; } = 16;

    /// <summary>
    /// Whether content is staged in files without a name where the file system has them (Linux: O_TMPFILE), which leave nothing
    /// after a crash; default true. Otherwise, and when false, in <c>incoming/</c>.
    /// </summary>
    public bool UnnamedStaging { get; init; } = true;

    /// <summary>
    /// Content up to this length in bytes is not compared with its name when it is opened: for a store that is read through one that does so, as
    /// <c>MemoryCachedBlobStore</c>; default -1, which leaves nothing out.
    /// </summary>
    public long VerifiedByReaderBytes { get; init; } = -1;

    /// <summary>
    /// Whether what was stored survives a loss of power; default true. When false, no upload waits for the disk, and a file whose bytes did not reach it is found damaged when it is
    /// first read afterwards: for copies of what is stored elsewhere. Purges are durable all the same.
    /// </summary>
    public bool IsDurable { get; init; } = true;
}
