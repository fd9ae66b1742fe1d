namespace Shacache.Core.Entries;

/// <summary>An entry backend failed. The backend's own exception is the inner one.</summary>
public class EntryStoreException : Exception
{
    /// <summary>Creates it.</summary>
    /// <param name="message">What was tried and what was found, for the operator.</param>
    /// <param name="innerException">The backend's own exception.</param>
    public EntryStoreException(string message, Exception? innerException = null)
        : base(message, innerException)
    {
    }
}
