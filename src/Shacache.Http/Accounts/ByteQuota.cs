using Shacache.Core.Accounts;
using Shacache.Core.Transfers;
using Shacache.Http.Accounts.Callers;
using Shacache.Http.Answers;

namespace Shacache.Http.Accounts;

/// <summary>What one upload takes of the bytes that its account may upload in a day of UTC: taken before they are read, given back when nothing was stored.</summary>
internal sealed class ByteQuota(DailyUse uses, AccountName account, long? maxBytes, TimeProvider time)
{
    private readonly DateTimeOffset _now = time.GetUtcNow();
    private long _takenBytes;

    /// <summary>The quota; null for none.</summary>
    public long? MaxBytes => maxBytes;

    /// <summary>The time from the beginning of the upload until the day ends.</summary>
    public TimeSpan UntilMidnight => TimeSpan.FromDays(1) - _now.TimeOfDay;

    private DateOnly Day => DateOnly.FromDateTime(_now.UtcDateTime);

    /// <summary>Takes bytes.</summary>
    /// <returns>False when they are not left; nothing was taken then.</returns>
    public async ValueTask<bool> TryTakeAsync(long bytes, CancellationToken cancellationToken)
    {
        AccountUse use = await uses.AddAsync(account, Day, bytes, maxBytes, cancellationToken);
        if (use.Accepted)
            _takenBytes += bytes;
        return use.Accepted;
    }

    /// <summary>Gives everything back.</summary>
    public async ValueTask ReturnAsync()
    {
        if (_takenBytes > 0)
            await uses.AddAsync(account, Day, -_takenBytes, null, CancellationToken.None);
        _takenBytes = 0;
    }
}

/// <summary>A body of unknown length, whose bytes are taken from a quota as they come.</summary>
internal sealed class MeteredStream(Stream body, ByteQuota quota) : ForwardStream
{
    /// <exception cref="RefusedException">The quota is used up.</exception>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        int count = await body.ReadAsync(buffer, cancellationToken);
        return count == 0 || await quota.TryTakeAsync(count, cancellationToken)
            ? count
            : throw new RefusedException(AccountProblems.QuotaUsedUp(quota.MaxBytes ?? 0, quota.UntilMidnight));
    }
}
