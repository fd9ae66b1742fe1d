namespace Shacache.Http.Accounts;

/// <summary>A body of unknown length went beyond what its account may upload in a day.</summary>
internal sealed class QuotaExceededException(long maxBytes, TimeSpan untilMidnight) : Exception("The account's bytes of the day are used up.")
{
    public long MaxBytes { get; } = maxBytes;

    public TimeSpan UntilMidnight { get; } = untilMidnight;
}
