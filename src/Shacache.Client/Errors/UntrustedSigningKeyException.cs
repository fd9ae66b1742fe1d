namespace Shacache.Client.Errors;

/// <summary>A private key is configured, but <c>signature-certificate-list</c> has no certificate for it. Nothing was sent.</summary>
/// <remarks>
/// Such a client could never read back its own uploads, and would upload duplicates for ever (docs/protocol.md, "Trust"):
/// put the certificate of the key into the list.
/// </remarks>
public sealed class UntrustedSigningKeyException : NetworkCacheException
{
    /// <summary>Creates it.</summary>
    /// <param name="message">One line that names the key and the list.</param>
    public UntrustedSigningKeyException(string message)
        : base(message)
    {
    }
}
