namespace Shacache.Core.Blobs;

/// <summary>A blob backend failed. The backend's own exception is the inner one.</summary>
public class BlobStoreException : Exception
{
    /// <summary>Creates it.</summary>
    /// <param name="message">What was tried and what was found, for the operator.</param>
    /// <param name="innerException">The backend's own exception.</param>
    public BlobStoreException(string message, Exception? innerException = null)
        : base(message, innerException)
    {
    }
}
