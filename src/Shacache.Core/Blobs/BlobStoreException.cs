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

    /// <summary>Whether the backend is away and may be back soon: the same may be tried again then.</summary>
    public bool IsAway { get; init; }
}

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

/// <summary>The operator's limits leave no room for more content. The message is for clients, too.</summary>
public sealed class StoreLimitException : StorageFullException
{
    /// <summary>Creates it.</summary>
    /// <param name="message">Which limit, and what to do.</param>
    public StoreLimitException(string message)
        : base(message)
    {
    }
}

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
