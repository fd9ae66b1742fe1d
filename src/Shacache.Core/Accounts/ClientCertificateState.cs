namespace Shacache.Core.Accounts;

/// <summary>What a client certificate is worth by itself. Whether it was revoked, the account store knows.</summary>
public enum ClientCertificateState
{
    /// <summary>Issued by the authority, in its time, for clients.</summary>
    Valid,

    /// <summary>Not issued by the authority.</summary>
    OtherAuthority,

    /// <summary>Its time, or the authority's, is over.</summary>
    Expired,

    /// <summary>Its time has not come.</summary>
    NotYetValid,

    /// <summary>The authority's, but not for clients: a server's, or the authority itself.</summary>
    WrongPurpose,

    /// <summary>It cannot be read.</summary>
    Malformed,
}
