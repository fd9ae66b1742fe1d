namespace Shacache.Http.Entries;

/// <summary>Who may ask a server for the keys that it has.</summary>
public enum KeyListingAudience
{
    /// <summary>Accounts that may administer; without accounts, callers on the server's machine.</summary>
    Administrators,

    /// <summary>Any account that is in force. Without accounts the same as <see cref="Administrators"/>.</summary>
    Accounts,

    /// <summary>Every client.</summary>
    Anyone,
}
