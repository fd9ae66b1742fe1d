using Shacache.Http.Transfers;

namespace Shacache.Http.Accounts;

/// <summary>A body of unknown length, whose bytes are taken from a quota as they come.</summary>
internal sealed class MeteredStream(Stream body, ByteQuota quota) : ForwardStream
{
    /// <exception cref="QuotaExceededException">The quota is used up.</exception>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        int count = await body.ReadAsync(buffer, cancellationToken);
        return count == 0 || await quota.TryTakeAsync(count, cancellationToken)
            ? count
            : throw new QuotaExceededException(quota.MaxBytes ?? 0, quota.UntilMidnight);
    }
}
