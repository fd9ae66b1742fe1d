namespace Shacache.Client.Errors;

/// <summary>An entry would hold what looks like a password or token, and everybody can read entries. Nothing was sent.</summary>
public sealed class CredentialsInEntryException : NetworkCacheException
{
    /// <summary>Creates it.</summary>
    /// <param name="message">One line that says where, without the credential.</param>
    public CredentialsInEntryException(string message)
        : base(message)
    {
    }
}
