using Microsoft.Win32.SafeHandles;

namespace Shacache.Blobs.FileSystem;

/// <summary>A file that is being filled. Disposing discards it, unless it was published.</summary>
internal sealed class StagedFile(SafeFileHandle handle, string? temporaryPath) : IDisposable
{
    public SafeFileHandle Handle => handle;

    /// <summary>Its name in <c>incoming/</c>; null when it has none.</summary>
    public string? TemporaryPath { get; set; } = temporaryPath;

    public void Dispose()
    {
        handle.Dispose();
        if (TemporaryPath is null)
            return;
        try
        {
            File.Delete(TemporaryPath);
        }
        catch (Exception e) when (StorageFailure.IsOfDisk(e))
        {
            // The next start sweeps it; the upload's own outcome is what the caller must learn.
        }
    }
}
