using System.Runtime.InteropServices;
using Shacache.Core.Clocks;

namespace Shacache.Core.Accounts;

/// <summary>Counts the bytes that accounts upload in a day: compared with their quota and added in memory, written every few seconds.</summary>
/// <remarks>
/// A crash may lose the last few seconds of what was counted; and servers that share a database learn of each other's when they write, so together they
/// may accept as much more as they accept in that time. Safe for concurrent use.
/// </remarks>
public sealed class DailyUse : IAsyncDisposable
{
    /// <summary>How long a count waits at most before it is written.</summary>
    public static readonly TimeSpan FlushInterval = TimeSpan.FromSeconds(5);

    private readonly IAccountStore _accounts;
    private readonly Dictionary<(AccountName Account, DateOnly Day), Count> _counts = [];
    private readonly Lock _gate = new();
    private readonly PeriodicFlush _flush;

    /// <param name="accounts">Where it is written; must stay open until this is disposed of.</param>
    /// <param name="timeProvider">The clock.</param>
    public DailyUse(IAccountStore accounts, TimeProvider timeProvider)
    {
        _accounts = accounts;
        _flush = new PeriodicFlush(timeProvider, FlushInterval, FlushAllAsync);
    }

    /// <summary>Adds to the bytes that an account has used of a day, unless that goes beyond its quota: comparison and addition are one step.</summary>
    /// <remarks>Called before the bytes are taken in, with the declared length, or piece by piece. Needs no account of this name.</remarks>
    /// <param name="account">Who uploads.</param>
    /// <param name="day">The day in UTC.</param>
    /// <param name="bytes">What is added; negative gives back what was added and not used, down to 0 bytes of the day.</param>
    /// <param name="maxBytes">The quota; null for none.</param>
    /// <param name="cancellationToken">Stops the wait.</param>
    /// <exception cref="AccountStoreException">What was used before could not be read. Nothing was added.</exception>
    public async ValueTask<AccountUse> AddAsync(AccountName account, DateOnly day, long bytes, long? maxBytes, CancellationToken cancellationToken)
    {
        if (TryAdd((account, day), bytes, maxBytes, writtenBytes: null) is { } known)
            return known;
        // Meets the count of another caller who read meanwhile, or makes one.
        long writtenBytes = await _accounts.FindUseAsync(account, day, cancellationToken).ConfigureAwait(false);
        return TryAdd((account, day), bytes, maxBytes, writtenBytes)!.Value;
    }

    /// <summary>Writes what is left, if that is possible.</summary>
    public ValueTask DisposeAsync() => _flush.DisposeAsync();

    private AccountUse? TryAdd((AccountName Account, DateOnly Day) key, long bytes, long? maxBytes, long? writtenBytes)
    {
        lock (_gate)
        {
            ref Count count = ref CollectionsMarshal.GetValueRefOrNullRef(_counts, key);
            if (System.Runtime.CompilerServices.Unsafe.IsNullRef(ref count))
            {
                if (writtenBytes is not { } written)
                    return null;
                _counts.Add(key, new Count(written, 0));
                count = ref CollectionsMarshal.GetValueRefOrNullRef(_counts, key);
            }

            // Subtracted, since a sum could overflow.
            if (bytes > 0 && bytes > (maxBytes ?? long.MaxValue) - count.UsedBytes)
                return new AccountUse(false, count.UsedBytes);
            long change = Math.Max(bytes, -count.UsedBytes);
            count = new Count(count.UsedBytes + change, count.UnwrittenBytes + change);
            return new AccountUse(true, count.UsedBytes);
        }
    }

    private async Task FlushAllAsync(CancellationToken cancellationToken)
    {
        List<AccountUseChange> changes = Take();
        if (changes.Count == 0)
            return;
        IReadOnlyList<long> writtenBytes;
        try
        {
            // Not cancelled half-way: it could not be told whether it was written.
            writtenBytes = await _accounts.AddUseAsync(changes, CancellationToken.None).ConfigureAwait(false);
        }
        catch
        {
            GiveBack(changes);
            throw;
        }

        Meet(changes, writtenBytes);
    }

    /// <summary>Takes what is unwritten, and forgets earlier days of which everything is written.</summary>
    private List<AccountUseChange> Take()
    {
        List<AccountUseChange> changes = [];
        lock (_gate)
        {
            DateOnly newest = _counts.Count == 0 ? default : _counts.Keys.Max(key => key.Day);
            foreach (((AccountName Account, DateOnly Day) key, Count count) in _counts.ToArray())
            {
                if (count.UnwrittenBytes != 0)
                {
                    changes.Add(new AccountUseChange(key.Account, key.Day, count.UnwrittenBytes));
                    _counts[key] = count with { UnwrittenBytes = 0 };
                }
                else if (key.Day.DayNumber < newest.DayNumber - 1)
                {
                    _counts.Remove(key);
                }
            }
        }

        return changes;
    }

    private void GiveBack(List<AccountUseChange> changes)
    {
        lock (_gate)
        {
            foreach (AccountUseChange change in changes)
            {
                if (_counts.TryGetValue((change.Account, change.Day), out Count count))
                    _counts[(change.Account, change.Day)] = count with { UnwrittenBytes = count.UnwrittenBytes + change.Bytes };
            }
        }
    }

    /// <summary>Learns what all servers together have written.</summary>
    private void Meet(List<AccountUseChange> changes, IReadOnlyList<long> writtenBytes)
    {
        lock (_gate)
        {
            foreach ((AccountUseChange change, long written) in changes.Zip(writtenBytes))
            {
                if (_counts.TryGetValue((change.Account, change.Day), out Count count))
                    _counts[(change.Account, change.Day)] = count with { UsedBytes = Math.Max(written + count.UnwrittenBytes, 0) };
            }
        }
    }

    [StructLayout(LayoutKind.Auto)]
    private readonly record struct Count(long UsedBytes, long UnwrittenBytes);
}
