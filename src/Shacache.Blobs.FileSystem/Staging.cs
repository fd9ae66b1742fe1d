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
}
