using System.IO.Enumeration;
using System.Runtime.CompilerServices;
using Shacache.Blobs.FileSystem.Files;
using Shacache.Core.Blobs;

namespace Shacache.Blobs.FileSystem;

/// <summary>A walk over the store, one folder in memory at a time. Files whose names are no digests are skipped.</summary>
internal sealed class BlobListing(BlobLayout layout, DiskThreads threads)
{
    private static readonly EnumerationOptions Everything = new() { AttributesToSkip = FileAttributes.None };

    public async IAsyncEnumerable<BlobInfo> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        for (int number = 0; number < BlobLayout.FolderCount; number++)
        {
            await foreach (BlobInfo blob in ReadAsync(number, cancellationToken).ConfigureAwait(false))
                yield return blob;
        }
    }

    /// <summary>Walks over one folder.</summary>
    public async IAsyncEnumerable<BlobInfo> ReadAsync(int number, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        string folder = layout.Folder(number);
        if (!Directory.Exists(folder))
            yield break;
        foreach (BlobInfo blob in await threads.RunAsync(folder, ListFolder).ConfigureAwait(false))
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return blob;
        }
    }

    private List<BlobInfo> ListFolder(string folder)
    {
        try
        {
            var files = new FileSystemEnumerable<BlobInfo>(folder, ReadEntry, Everything) { ShouldIncludePredicate = IsBlob };
            return [.. files];
        }
        catch (DirectoryNotFoundException)
        {
            return [];
        }
        catch (Exception e) when (StorageFailure.IsOfDisk(e))
        {
            throw StorageFailure.From(e, $"Cannot list {folder}");
        }
    }

    /// <remarks>A file that vanishes meanwhile shows as empty, which <see cref="BlobLayout.IsPlausible"/> refuses.</remarks>
    private bool IsBlob(ref FileSystemEntry entry) =>
        Digest.TryParse(entry.FileName, out Digest digest) &&
        !entry.IsDirectory &&
        entry.ToFullPath() == layout.PathOf(digest) &&
        BlobLayout.IsPlausible(digest, entry.Length);

    private static BlobInfo ReadEntry(ref FileSystemEntry entry) =>
        new(Digest.Parse(entry.FileName.ToString()), entry.Length, entry.LastWriteTimeUtc);
}
