namespace Shacache.Core.Accounts;

/// <summary>The backend of accounts or of the audit log failed. The backend's own exception is the inner one.</summary>
public class AccountStoreException : Exception
{
    /// <summary>Creates it.</summary>
    /// <param name="message">What was tried and what was found, for the operator.</param>
    /// <param name="innerException">The backend's own exception.</param>
    public AccountStoreException(string message, Exception? innerException = null)
        : base(message, innerException)
    {
    }
}
