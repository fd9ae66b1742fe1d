namespace Shacache.Core.Blobs;

/// <summary>The stored bytes of a blob that is being read are not those that its name says. From now on it counts as not stored.</summary>
public sealed class BlobDamagedException : BlobStoreException
{
    /// <summary>Creates it.</summary>
    /// <param name="digest">The blob.</param>
    public BlobDamagedException(Digest digest)
        : base($"The stored bytes of {digest} are damaged. It is no longer served; an upload brings it back.")
    {
    }
}
