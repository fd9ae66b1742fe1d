namespace Shacache.Http.Accounts;

/// <summary>Why a change of accounts is not made.</summary>
public enum AccountRefusal
{
    /// <summary>What was sent makes no sense.</summary>
    Malformed,

    /// <summary>There is no such request, account, certificate or token.</summary>
    Unknown,

    /// <summary>It does not go together with what is there.</summary>
    Conflict,

    /// <summary>Too many wait already.</summary>
    TooMany,
}
