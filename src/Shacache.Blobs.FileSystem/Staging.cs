using Shacache.Core.Blobs;

namespace Shacache.Blobs.FileSystem;

/// <summary>Where bytes wait until they get their name. Calls block.</summary>
internal abstract class Staging
{
    /// <summary>Makes an empty file that no reader of the store sees.</summary>
    public abstract StagedFile Create();

    /// <summary>Gives the file the name of the blob, at once and with all its bytes.</summary>
    /// <returns>False when the name was taken; the file is as it was.</returns>
    /// <exception cref="DirectoryNotFoundException">The folder of the blob is missing.</exception>
    public abstract bool TryPublish(StagedFile file, Digest digest);

    /// <summary>The same, but the file that has the name loses it, at the same instant.</summary>
    public abstract void Replace(StagedFile file, Digest digest);

    /// <summary>Tries out whether a staged file can get its name, so that it shows now and not behind a whole transfer. No byte is written: the disk may be full.</summary>
    /// <exception cref="IOException">Something is missing.</exception>
    public void Probe(BlobLayout layout)
    {
        string path = NamedStaging.NewPath(layout.Blobs);
        using (StagedFile file = Create())
            Publish(file, path);

        try
        {
            File.Delete(path);
        }
        catch (Exception e) when (StorageFailure.IsOfDisk(e))
        {
            // The next start sweeps it.
        }
    }

    /// <summary>Gives a file a name that nobody else has.</summary>
    protected abstract void Publish(StagedFile file, string path);
}
