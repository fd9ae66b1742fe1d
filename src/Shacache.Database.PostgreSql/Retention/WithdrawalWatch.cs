using System.Diagnostics;
using Npgsql;
using Shacache.Core.Blobs;
using Shacache.Database.PostgreSql.Engine;

namespace Shacache.Database.PostgreSql.Retention;

/// <summary>Tells a node what others took away. It listens; and what it missed while it could not, it reads by the numbers of table <c>withdrawals</c>.</summary>
/// <remarks>Numbers commit in their order: they are drawn under <see cref="Locks.Administration"/>.</remarks>
internal sealed class WithdrawalWatch(Pool pool)
{
    /// <summary>After such a time without a word it asks: also whether the connection is still one.</summary>
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(5);

    private static readonly Attempt Reading = new(Contract.Blobs, "What other nodes removed was not read");

    /// <summary>So many rows are read at a time.</summary>
    private const int PageRows = 1000;

    private long? _last;
    private volatile bool _isHearing;
    private readonly long _madeAt = Stopwatch.GetTimestamp();
    private long _lostAt;

    /// <summary>Whether a node knows all that others took away, as far as it can: it listens, or PostgreSQL has not answered since it could not.</summary>
    public bool IsHeard => _isHearing || pool.AnsweredAt <= Math.Max(Interlocked.Read(ref _lostAt), pool.AwayAt);

    /// <summary>For how long it has not listened; zero while it does.</summary>
    public TimeSpan Unheard => _isHearing ? TimeSpan.Zero : Stopwatch.GetElapsedTime(Math.Max(_madeAt, Interlocked.Read(ref _lostAt)));

    /// <summary>Goes on after a number that was told before, by an earlier process.</summary>
    public void ResumeAfter(long number) => _last = number;

    /// <summary>Listens on one connection until it fails.</summary>
    /// <param name="tell">Told of what is new, at first of everything.</param>
    /// <param name="cancellationToken">Stops.</param>
    public async Task RunAsync(Func<Withdrawn, Task> tell, CancellationToken cancellationToken)
    {
        NpgsqlConnection connection = await pool.OpenAsync(Reading, cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            try
            {
                await ListenAsync(connection, tell, cancellationToken).ConfigureAwait(false);
            }
            catch (Exception e) when (PostgreSqlFailure.Of(e) is { } failure)
            {
                throw failure.As(Reading);
            }
            finally
            {
                if (_isHearing)
                    Interlocked.Exchange(ref _lostAt, Stopwatch.GetTimestamp());
                _isHearing = false;
            }
        }
    }

    private async Task ListenAsync(NpgsqlConnection connection, Func<Withdrawn, Task> tell, CancellationToken cancellationToken)
    {
        var session = new Session(connection, null);

        // First of all: what comes from now on is heard, or read below.
        await session.RunAsync([new Query($"LISTEN {Withdrawals.Channel}")]).ConfigureAwait(false);
        for (bool isFirst = true; ; isFirst = false)
        {
            (Withdrawn news, bool isPage) = await ReadAsync(session).ConfigureAwait(false);
            if (isFirst || news.IsEverything || news.RulesChanged || news.Content.Count > 0)
                await tell(news).ConfigureAwait(false);

            // Only now: if the telling fails, it is told again.
            _last = news.Number;
            if (isPage)
                continue;
            _isHearing = true;
            await connection.WaitAsync(Silence, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <returns>What is new, and whether there is more.</returns>
    private async Task<(Withdrawn News, bool IsPage)> ReadAsync(Session session)
    {
        const string Newest = "SELECT coalesce(max(number), 0) FROM withdrawals";
        if (_last is not { } known)
            return (new Withdrawn(IsEverything: true, RulesChanged: true, [], await session.FindAsync(new Query(Newest), row => row.Int64(0)).ConfigureAwait(false)), false);
        long last = known;
        bool isFirst = true;
        bool isMissing = false;
        int rows = 0;
        bool rulesChanged = false;
        List<Digest> content = [];
        await session.RunAsync([new Query("SELECT number, digest FROM withdrawals WHERE number >= $1 ORDER BY number LIMIT $2").Add(known).Add(PageRows).Into(row =>
        {
            rows++;

            // The last one that was read before is there, unless older ones have been dropped.
            isMissing |= isFirst && row.Int64(0) != known;
            isFirst = false;
            if (row.Int64(0) == known)
                return;
            last = row.Int64(0);
            if (row.IsDBNull(1))
                rulesChanged = true;
            else
                content.Add(row.Digest(1));
        })]).ConfigureAwait(false);
        return (new Withdrawn(isMissing && known > 0, rulesChanged, content, last), rows == PageRows);
    }
}
