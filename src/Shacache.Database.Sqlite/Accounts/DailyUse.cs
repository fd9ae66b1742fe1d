using System.Runtime.InteropServices;
using Shacache.Core.Accounts;
using Shacache.Core.Clocks;
using Shacache.Database.Sqlite.Engine;

namespace Shacache.Database.Sqlite.Accounts;

/// <summary>Counts the bytes that accounts upload in a day: compared and added in memory, written every few seconds.</summary>
internal sealed class DailyUse : IAsyncDisposable
{
    /// <summary>How long a count waits at most before it is written.</summary>
    internal static readonly TimeSpan FlushInterval = TimeSpan.FromSeconds(5);

    /// <summary>How long the use of a day stays in the table, for those who want to look.</summary>
    private const int KeptDays = 31;

    private readonly WriteQueue _writer;
    private readonly ReaderPool _readers;
    private readonly Dictionary<(AccountName Account, DateOnly Day), Count> _counts = [];
    private readonly Lock _gate = new();
    private readonly SemaphoreSlim _turn = new(1);
    private readonly SteadyClock _clock;
    private readonly ITimer _timer;

    public DailyUse(WriteQueue writer, ReaderPool readers, TimeProvider timeProvider)
    {
        _writer = writer;
        _readers = readers;
        _clock = new SteadyClock(timeProvider);
        _timer = timeProvider.CreateTimer(static state => _ = ((DailyUse)state!).FlushQuietlyAsync(), this, FlushInterval, FlushInterval);
    }

    public async ValueTask<AccountUse> AddAsync(AccountName account, DateOnly day, long bytes, long? maxBytes, CancellationToken cancellationToken)
    {
        if (TryAdd((account, day), bytes, maxBytes, writtenBytes: null) is { } known)
            return known;
        // Meets the count of another caller who read meanwhile, or makes one.
        long writtenBytes = await ReadAsync(account, day, cancellationToken).ConfigureAwait(false);
        return TryAdd((account, day), bytes, maxBytes, writtenBytes)!.Value;
    }

    /// <summary>Writes what is left.</summary>
    public async ValueTask DisposeAsync()
    {
        await _timer.DisposeAsync().ConfigureAwait(false);
        await FlushQuietlyAsync().ConfigureAwait(false);
    }

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

    private async ValueTask<long> ReadAsync(AccountName account, DateOnly day, CancellationToken cancellationToken)
    {
        try
        {
            using ReaderPool.Lease lease = await _readers.RentAsync(cancellationToken).ConfigureAwait(false);
            using Statement find = lease.Connection.Prepare("SELECT bytes FROM account_use WHERE day = ?1 AND account = ?2");
            find.Bind(1, day.DayNumber).BindText(2, account.Value);
            return find.Step() ? find.Int64(0) : 0;
        }
        catch (SqliteFailureException e)
        {
            throw e.ForAccounts($"What account {account} used was not read");
        }
    }

    private async Task FlushQuietlyAsync()
    {
        await _turn.WaitAsync().ConfigureAwait(false);
        List<(AccountName Account, DateOnly Day, long Bytes)> changes = Take();
        try
        {
            if (changes.Count > 0)
                await _writer.RunAsync(connection => Write(connection, changes), CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception e) when (e is SqliteFailureException or ObjectDisposedException)
        {
            // Full or failing disk, or the database is closed: it waits for the next time.
            GiveBack(changes);
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Takes what is unwritten, and forgets earlier days of which everything is written.</summary>
    private List<(AccountName Account, DateOnly Day, long Bytes)> Take()
    {
        List<(AccountName, DateOnly, long)> changes = [];
        lock (_gate)
        {
            DateOnly newest = _counts.Count == 0 ? default : _counts.Keys.Max(key => key.Day);
            foreach (((AccountName Account, DateOnly Day) key, Count count) in _counts.ToArray())
            {
                if (count.UnwrittenBytes != 0)
                {
                    changes.Add((key.Account, key.Day, count.UnwrittenBytes));
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

    private void GiveBack(List<(AccountName Account, DateOnly Day, long Bytes)> changes)
    {
        lock (_gate)
        {
            foreach ((AccountName account, DateOnly day, long bytes) in changes)
            {
                if (_counts.TryGetValue((account, day), out Count count))
                    _counts[(account, day)] = count with { UnwrittenBytes = count.UnwrittenBytes + bytes };
            }
        }
    }

    private bool Write(Connection connection, List<(AccountName Account, DateOnly Day, long Bytes)> changes)
    {
        foreach ((AccountName account, DateOnly day, long bytes) in changes)
        {
            using Statement add = connection.Prepare(
                "INSERT INTO account_use (day, account, bytes) VALUES (?1, ?2, max(?3, 0)) ON CONFLICT (day, account) DO UPDATE SET bytes = max(bytes + ?3, 0)");
            add.Bind(1, day.DayNumber).BindText(2, account.Value).Bind(3, bytes).Run();
        }

        if (!_clock.TryGetUtcNow(out DateTimeOffset now))
            return true;
        using Statement expire = connection.Prepare("DELETE FROM account_use WHERE day < ?1");
        expire.Bind(1, DateOnly.FromDateTime(now.UtcDateTime).DayNumber - KeptDays).Run();
        return true;
    }

    [StructLayout(LayoutKind.Auto)]
    private readonly record struct Count(long UsedBytes, long UnwrittenBytes);
}
