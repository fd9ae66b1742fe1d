using System.Data;
using System.Diagnostics;
using Npgsql;

namespace Shacache.Database.PostgreSql.Engine;

/// <summary>The connections of a node to PostgreSQL. Every read and change goes through here: bounded, and tried again where that is safe.</summary>
/// <remarks>
/// A change is tried again when another transaction was in its way, and when its connection was lost before the commit was sent: nothing was changed then.
/// When it is lost while the commit is under way, it is not known, and the caller is told so. While PostgreSQL is away, callers wait for it some seconds; for a second after one
/// of them gave up, the others fail at once. The schema is brought up to date before the first use.
/// </remarks>
internal sealed class Pool : IAsyncDisposable
{
    /// <summary>For how long something is tried again that was not answered.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <summary>For how long nothing is tried once that was in vain.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    /// <summary>For how long one attempt may take, with the opening of its connection: Npgsql's own limits begin anew with each of its steps.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(14);

    /// <summary>For how long a statement may take that looks at a whole table, when a person asks.</summary>
    private static readonly TimeSpan LongLimit = TimeSpan.FromMinutes(10);

    /// <summary>For how long the server may take to answer when it is asked whether it is there.</summary>
    private static readonly TimeSpan ProbeLimit = TimeSpan.FromSeconds(2);

    private readonly NpgsqlDataSource _source;
    private readonly SemaphoreSlim _preparing = new(1);
    private volatile bool _isPrepared;
    private volatile bool _isDisposed;
    private volatile PostgreSqlFailure? _lastFailure;
    private long _resumesAt;
    private long _answeredAt;
    private long _awayAt;

    /// <param name="source">Where connections come from; disposed with the pool.</param>
    public Pool(NpgsqlDataSource source) => _source = source;

    /// <summary>When PostgreSQL last did what it was asked for, by <see cref="Stopwatch"/>; 0 for never.</summary>
    public long AnsweredAt => Interlocked.Read(ref _answeredAt);

    /// <summary>When it was last found away, by <see cref="Stopwatch"/>; 0 for never.</summary>
    public long AwayAt => Interlocked.Read(ref _awayAt);

    /// <summary>Reads. Several statements may see different states, unless they are sent together in one.</summary>
    /// <param name="attempt">What is tried.</param>
    /// <param name="read">May run more than once.</param>
    /// <param name="cancellationToken">Honoured until a connection is there.</param>
    public Task<T> ReadAsync<T>(Attempt attempt, Func<Session, Task<T>> read, CancellationToken cancellationToken) =>
        RunAsync(attempt, (connection, _) => read(new Session(connection, null)), Patience, isBounded: true, cancellationToken);

    /// <summary>Reads what may take long, as it looks at a whole table.</summary>
    /// <inheritdoc cref="ReadAsync{T}(Attempt, Func{Session, Task{T}}, CancellationToken)"/>
    public Task<T> ReadLongAsync<T>(Attempt attempt, Func<Session, Task<T>> read, CancellationToken cancellationToken) => RunAsync(
        attempt,
        async (connection, _) =>
        {
            await using NpgsqlTransaction transaction = await connection.BeginTransactionAsync(IsolationLevel.ReadCommitted, CancellationToken.None).ConfigureAwait(false);
            var session = new Session(connection, transaction, LongLimit);
            await session.RunAsync(new Query($"SET LOCAL statement_timeout = '{LongLimit.TotalSeconds}s'")).ConfigureAwait(false);
            T result = await read(session).ConfigureAwait(false);
            await transaction.CommitAsync(CancellationToken.None).ConfigureAwait(false);
            return result;
        },
        Patience,
        isBounded: false,
        cancellationToken);

    /// <summary>Changes, in one transaction, durable when this returns.</summary>
    /// <param name="attempt">What is tried.</param>
    /// <param name="change">May run more than once, each time in a new transaction, until one commits.</param>
    /// <param name="cancellationToken">Honoured until a connection is there.</param>
    public Task<T> ChangeAsync<T>(Attempt attempt, Func<Session, Task<T>> change, CancellationToken cancellationToken) => RunAsync(
        attempt,
        async (connection, progress) =>
        {
            // Sent with the first statement.
            await using NpgsqlTransaction transaction = await connection.BeginTransactionAsync(IsolationLevel.ReadCommitted, CancellationToken.None).ConfigureAwait(false);
            T result = await change(new Session(connection, transaction)).ConfigureAwait(false);
            progress.BeginCommit();
            await transaction.CommitAsync(CancellationToken.None).ConfigureAwait(false);
            return result;
        },
        Patience,
        isBounded: true,
        cancellationToken);

    /// <inheritdoc cref="ChangeAsync{T}(Attempt, Func{Session, Task{T}}, CancellationToken)"/>
    public async Task ChangeAsync(Attempt attempt, Func<Session, Task> change, CancellationToken cancellationToken) => await ChangeAsync(
        attempt,
        async session =>
        {
            await change(session).ConfigureAwait(false);
            return true;
        },
        cancellationToken).ConfigureAwait(false);

    /// <summary>Asks once, without patience.</summary>
    /// <returns>One line that says what is wrong; null when nothing is.</returns>
    public async Task<string?> FindProblemAsync(CancellationToken cancellationToken)
    {
        try
        {
            _resumesAt = 0;
            await RunAsync(
                new Attempt(Contract.Entries, "The database was not asked"),
                async (connection, _) =>
                {
                    await new Session(connection, null, ProbeLimit).RunAsync(new Query("SELECT 1").Into(_ => { })).ConfigureAwait(false);
                    return true;
                },
                TimeSpan.Zero,
                isBounded: true,
                cancellationToken).ConfigureAwait(false);
            return null;
        }
        catch (Core.Entries.EntryStoreException e)
        {
            return e.Message;
        }
    }

    /// <summary>Opens a connection for the caller alone, who waits on it and closes it.</summary>
    public Task<NpgsqlConnection> OpenAsync(Attempt attempt, CancellationToken cancellationToken) =>
        RunAsync(attempt, (_, _) => OpenSoonAsync(cancellationToken), Patience, isBounded: false, cancellationToken);

    /// <summary>Closes the connections. What is still running fails.</summary>
    public async ValueTask DisposeAsync()
    {
        _isDisposed = true;
        await _source.DisposeAsync().ConfigureAwait(false);
    }

    private async Task<T> RunAsync<T>(
        Attempt attempt, Func<NpgsqlConnection, Progress, Task<T>> work, TimeSpan patience, bool isBounded, CancellationToken cancellationToken)
    {
        if (_lastFailure is { } away && Stopwatch.GetTimestamp() < Interlocked.Read(ref _resumesAt))
            throw away.As(attempt);
        long began = Stopwatch.GetTimestamp();
        for (int count = 1; ; count++)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            cancellationToken.ThrowIfCancellationRequested();
            var progress = new Progress(isBounded);
            try
            {
                T result = await TryAsync(work, progress, cancellationToken).ConfigureAwait(false);
                Interlocked.Exchange(ref _answeredAt, Stopwatch.GetTimestamp());
                return result;
            }
            catch (Exception e) when (!_isDisposed && PostgreSqlFailure.Of(e) is { } failure)
            {
                bool isSpent = Stopwatch.GetElapsedTime(began) >= patience;
                if (failure.Kind == FailureKind.Away)
                {
                    Interlocked.Exchange(ref _awayAt, Stopwatch.GetTimestamp());

                    // Others that wait in the pool are of the same server.
                    _source.Clear();
                    if (isSpent)
                        GiveUp(failure);
                }

                if (progress.IsCommitting && failure.Kind == FailureKind.Away)
                    throw failure.As(attempt, " while the change was being committed, so that it is not known whether it was made");
                if (isSpent || failure.Kind is not (FailureKind.Away or FailureKind.Conflict))
                    throw failure.As(attempt);
            }
            catch (Exception e) when (_isDisposed && PostgreSqlFailure.Of(e) is not null)
            {
                throw new ObjectDisposedException("The database is closed.", e);
            }

            // Two that were in each other's way do not begin again at the same time.
            await Task.Delay(TimeSpan.FromMilliseconds(Random.Shared.Next(5, 20) * Math.Min(count, 20)), cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task<T> TryAsync<T>(Func<NpgsqlConnection, Progress, Task<T>> work, Progress progress, CancellationToken cancellationToken)
    {
        long began = Stopwatch.GetTimestamp();
        NpgsqlConnection connection = await OpenSoonAsync(cancellationToken).ConfigureAwait(false);
        TimeSpan left = TimeSpan.FromTicks(Math.Max(0, (Limit - Stopwatch.GetElapsedTime(began)).Ticks));
        Task<T> working = WorkAsync();
        try
        {
            return await (_isPrepared && progress.IsBounded ? working.WaitAsync(left, CancellationToken.None) : working).ConfigureAwait(false);
        }
        catch (TimeoutException) when (!working.IsCompleted)
        {
            // It ends by itself, some time: a server that hangs does not answer its rollback either. What is not being committed by now never will be.
            _ = working.ContinueWith(static ended => _ = ended.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
            progress.TryAbandon();
            throw;
        }

        async Task<T> WorkAsync()
        {
            await using (connection.ConfigureAwait(false))
            {
                if (!_isPrepared)
                    await PrepareAsync(connection, cancellationToken).ConfigureAwait(false);
                return await work(connection, progress).ConfigureAwait(false);
            }
        }
    }

    private async Task<NpgsqlConnection> OpenSoonAsync(CancellationToken cancellationToken)
    {
        Task<NpgsqlConnection> opening = _source.OpenConnectionAsync(cancellationToken).AsTask();
        try
        {
            return await opening.WaitAsync(Limit, CancellationToken.None).ConfigureAwait(false);
        }
        catch (TimeoutException) when (!opening.IsCompleted)
        {
            // It may come after its caller gave up.
            _ = opening.ContinueWith(
                static opened =>
                {
                    if (opened.IsCompletedSuccessfully)
                        opened.Result.Dispose();
                    else
                        _ = opened.Exception;
                },
                CancellationToken.None,
                TaskContinuationOptions.None,
                TaskScheduler.Default);
            throw;
        }
    }

    private void GiveUp(PostgreSqlFailure failure)
    {
        _lastFailure = failure;
        Interlocked.Exchange(ref _resumesAt, Stopwatch.GetTimestamp() + (long)(Pause.TotalSeconds * Stopwatch.Frequency));
    }

    private async Task PrepareAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await _preparing.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (!_isPrepared)
                await Migration.ApplyAsync(connection).ConfigureAwait(false);
            _isPrepared = true;
        }
        finally
        {
            _preparing.Release();
        }
    }

    /// <summary>How far an attempt has come.</summary>
    /// <param name="isBounded">Whether it may take <see cref="Limit"/> only.</param>
    private sealed class Progress(bool isBounded)
    {
        private const int Committing = 1;
        private const int Abandoned = 2;

        private int _state;

        public bool IsBounded => isBounded;

        public bool IsCommitting => Volatile.Read(ref _state) == Committing;

        /// <exception cref="TimeoutException">It was given up, so it must not be made.</exception>
        public void BeginCommit()
        {
            if (Interlocked.CompareExchange(ref _state, Committing, 0) != 0)
                throw new TimeoutException("The change took too long, and was given up.");
        }

        public void TryAbandon() => Interlocked.CompareExchange(ref _state, Abandoned, 0);
    }
}
