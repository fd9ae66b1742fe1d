namespace Shacache.Core.Accounts;

/// <summary>What became of a request.</summary>
public enum AccountRequestAddition
{
    /// <summary>It waits for the operator.</summary>
    Added,

    /// <summary>A request with this key waits already; it stays as it is.</summary>
    AlreadyPending,

    /// <summary>Too many wait already; it was not kept.</summary>
    TooMany,
}
