namespace Shacache.Http.Mirroring;

/// <summary>Who may ask a server for the keys that it has.</summary>
public enum KeyListingAudience
{
    /// <summary>Accounts that may administer; without accounts, whoever is on the server's machine.</summary>
    Administrators,

    /// <summary>Any account that is in force. Without accounts the same as <see cref="Administrators"/>.</summary>
    Accounts,

    /// <summary>Everybody.</summary>
    Anyone,
}
