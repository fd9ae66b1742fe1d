using Shacache.Blobs.FileSystem.Verification;
using Shacache.Blobs.S3;
using Shacache.Core.Blobs;
using Shacache.Core.Blobs.Repair;
using Shacache.Core.Retention;

namespace Shacache.Cli.Contents;

/// <summary>The content of a server, with what can be done with it as a whole.</summary>
internal abstract class ServedContent : IAsyncDisposable
{
    /// <summary>The blobs.</summary>
    public abstract IBlobStore Blobs { get; }

    /// <summary>For those who compare everything with its digest.</summary>
    public abstract IBlobComparer Comparer { get; }

    /// <summary>The content when it is in an object store, which may be away and has other nodes; null when it is in the data folder.</summary>
    public virtual S3BlobStore? Shared => null;

    /// <summary>Discards uploads that a crash cut off, or only counts them; null when the store sees to them by itself.</summary>
    public virtual Func<bool, CancellationToken, Task<CleanedUp>>? RemoveUploadsAsync => null;

    /// <summary>Told of each blob that was found right when it was read, on any thread.</summary>
    public abstract Action<Digest>? OnRight { set; }

    /// <summary>Told of each blob that was found damaged, once, on any thread.</summary>
    public abstract Action<BlobDamage>? OnDamage { set; }

    /// <summary>Opens the content of a data folder.</summary>
    /// <param name="dataFolder">The folder.</param>
    /// <param name="elsewhere">Where it is; null for in the folder.</param>
    /// <param name="time">The clock.</param>
    /// <exception cref="BlobStoreException">It cannot be opened, or is elsewhere. An object store is not asked yet.</exception>
    public static ServedContent Open(string dataFolder, S3Options? elsewhere, TimeProvider time)
    {
        if (elsewhere is not null)
        {
            ContentMark.Write(dataFolder, elsewhere.Address);
            return new S3ServedContent(elsewhere, time);
        }

        ContentMark.CheckIsHere(dataFolder);
        return new FileServedContent(dataFolder);
    }

    /// <summary>The space where it is; null when there is no bound to know of.</summary>
    public abstract DiskSpace? FindSpace();

    /// <summary>Makes sure that a backup of the data folder holds it.</summary>
    /// <exception cref="StoreRefusalException">It does not.</exception>
    public abstract void EnsureCopied();

    /// <summary>Closes it.</summary>
    public abstract ValueTask DisposeAsync();
}
