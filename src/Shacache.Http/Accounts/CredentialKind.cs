namespace Shacache.Http.Accounts;

/// <summary>By what a caller was known.</summary>
internal enum CredentialKind
{
    /// <summary>Nothing was presented.</summary>
    None,

    /// <summary>A TLS client certificate.</summary>
    Certificate,

    /// <summary>A token, as Bearer or as the password of Basic.</summary>
    Token,

    /// <summary>The socket in the data folder.</summary>
    Socket,
}
