namespace Shacache.Core.Accounts;

/// <summary>How many requests wait at most. Anybody may ask, so their number is bounded.</summary>
/// <param name="MaxPending">From everywhere together.</param>
/// <param name="MaxPendingPerAddress">From one address, so that one sender cannot use up all places.</param>
/// <param name="Lifetime">Older requests are dropped.</param>
public sealed record AccountRequestLimits(int MaxPending, int MaxPendingPerAddress, TimeSpan Lifetime)
{
    /// <summary>1,000 in all, 20 from one address, for 30 days.</summary>
    public static AccountRequestLimits Default { get; } = new(1000, 20, TimeSpan.FromDays(30));
}
