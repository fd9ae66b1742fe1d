namespace Shacache.Core.Blobs;

/// <summary>There is no room for more content (full disk, quota). Reading still works; nothing was stored.</summary>
public class StorageFullException : BlobStoreException
{
    /// <summary>Creates it.</summary>
    /// <param name="message">What was tried and what was found, for the operator.</param>
    /// <param name="innerException">The backend's own exception.</param>
    public StorageFullException(string message, Exception? innerException = null)
        : base(message, innerException)
    {
    }
}
