using System.Net;
using System.Threading.Channels;
using Shacache.Client.Accounts;
using Shacache.Client.Errors;
using Shacache.Core.Entries;
using Shacache.Core.Upstreams;

namespace Shacache.Client.Mirrors;

/// <summary>Fills a server in advance from its upstreams: the entries of keys, then the content of these entries.</summary>
/// <remarks>
/// The server transfers and verifies; nothing of the content comes here. What it has already is not transferred again, so that an interrupted run is
/// repeated. Temporary failures are retried three times. For one run; its totals can be read at any time.
/// </remarks>
public sealed class MirrorPull : IDisposable
{
    /// <summary>After this many consecutive failures the run ends: the rest would probably fail as well.</summary>
    private const int MaxFailuresInARow = 32;

    /// <summary>Objects that may be queued.</summary>
    private const int MaxWaiting = 1024;

    private static readonly TimeSpan[] Pauses = [TimeSpan.FromMilliseconds(500), TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(2)];

    private readonly AccountConnection _connection;
    private readonly int _jobs;
    private readonly Action<PullFailure> _onFailure;
    private readonly TimeProvider _timeProvider;
    private long _keys;
    private long _changedKeys;
    private long _entries;
    private long _objects;
    private long _bytes;
    private long _here;
    private long _failed;
    private int _failuresInARow;

    /// <summary>Creates it. Nothing is opened or sent yet.</summary>
    /// <param name="server">The server, and the credential of the caller: an account that may administer.</param>
    /// <param name="jobs">How many keys, and how many objects, are pulled at the same time; at least 1.</param>
    /// <param name="onFailure">Called for each key or object that failed, from any thread.</param>
    /// <param name="timeProvider">The clock; that of the system when null.</param>
    public MirrorPull(AccountServer server, int jobs, Action<PullFailure> onFailure, TimeProvider? timeProvider = null)
    {
        ArgumentNullException.ThrowIfNull(server);
        ArgumentOutOfRangeException.ThrowIfLessThan(jobs, 1);
        _timeProvider = timeProvider ?? TimeProvider.System;
        _connection = new AccountConnection(server, _timeProvider);
        _jobs = jobs;
        _onFailure = onFailure;
    }

    /// <summary>The totals so far.</summary>
    public PullTotals Totals => new(
        Interlocked.Read(ref _keys),
        Interlocked.Read(ref _changedKeys),
        Interlocked.Read(ref _entries),
        Interlocked.Read(ref _objects),
        Interlocked.Read(ref _bytes),
        Interlocked.Read(ref _here),
        Interlocked.Read(ref _failed));

    /// <summary>Counts something that failed elsewhere, such as a line that is not a key.</summary>
    public void NoteFailure(PullFailure failure)
    {
        Interlocked.Increment(ref _failed);
        _onFailure(failure);
    }

    /// <summary>Pulls. Keys that fail are reported, and the others go on.</summary>
    /// <param name="keys">The keys; read as fast as they are pulled.</param>
    /// <param name="cancellationToken">Stops. What the server is in the middle of, it may finish.</param>
    /// <exception cref="NetworkCacheRefusedException">The server refuses it altogether.</exception>
    /// <exception cref="NetworkCacheUnavailableException">The server does not answer; or too much failed in a row.</exception>
    public async Task RunAsync(IAsyncEnumerable<EntryKey> keys, CancellationToken cancellationToken = default)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var options = new ParallelOptions { MaxDegreeOfParallelism = _jobs, CancellationToken = stop.Token };
        var wanted = Channel.CreateBounded<(EntryKey Key, string Sha512)>(MaxWaiting);
        Task pullingObjects = StopOthersAsync(
            Parallel.ForEachAsync(wanted.Reader.ReadAllAsync(stop.Token), options, (one, token) => PullObjectAsync(one.Key, one.Sha512, token)), stop);
        Task pullingKeys = StopOthersAsync(Parallel.ForEachAsync(keys, options, (key, token) => PullKeyAsync(key, wanted.Writer, token)), stop);
        await pullingKeys.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        wanted.Writer.Complete();
        await pullingObjects.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        cancellationToken.ThrowIfCancellationRequested();

        // The one that failed, not the one that was stopped because of it.
        await (pullingObjects.IsFaulted ? pullingObjects : pullingKeys).ConfigureAwait(false);
        await pullingObjects.ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public void Dispose() => _connection.Dispose();

    private static async Task StopOthersAsync(Task running, CancellationTokenSource stop)
    {
        try
        {
            await running.ConfigureAwait(false);
        }
        catch
        {
            await stop.CancelAsync().ConfigureAwait(false);
            throw;
        }
    }

    private async ValueTask PullKeyAsync(EntryKey key, ChannelWriter<(EntryKey Key, string Sha512)> wanted, CancellationToken cancellationToken)
    {
        PulledKeyDocument done = await RepeatAsync(
            async () => (await AskAsync($"mirror/pull/key?key={key.ToPathSegment()}", cancellationToken).ConfigureAwait(false)).Read(MirrorDocuments.Default.PulledKeyDocument),
            document => document is { Outcome: PullOutcome.Failed, MayPass: true },
            cancellationToken).ConfigureAwait(false);
        Interlocked.Increment(ref _keys);
        Interlocked.Add(ref _entries, done.Entries);
        if (done.Outcome == PullOutcome.Pulled)
            Interlocked.Increment(ref _changedKeys);
        Judge(new PullFailure(key.Value, null, OneLine.Of(done.Problem ?? "")), done.Outcome, done.MayPass);
        foreach (PulledKeyObject one in done.Objects ?? [])
        {
            if (one.IsHere)
                Interlocked.Increment(ref _here);
            else
                await wanted.WriteAsync((key, one.Sha512), cancellationToken).ConfigureAwait(false);
        }
    }

    private async ValueTask PullObjectAsync(EntryKey key, string sha512, CancellationToken cancellationToken)
    {
        PulledObjectDocument done = await RepeatAsync(
            async () => (await AskAsync($"mirror/pull/object?sha512={Uri.EscapeDataString(sha512)}", cancellationToken).ConfigureAwait(false))
                .Read(MirrorDocuments.Default.PulledObjectDocument),
            document => document is { Outcome: PullOutcome.Failed, MayPass: true },
            cancellationToken).ConfigureAwait(false);
        if (done.Outcome == PullOutcome.Here)
        {
            Interlocked.Increment(ref _here);
        }
        else if (done.Outcome == PullOutcome.Pulled)
        {
            Interlocked.Increment(ref _objects);
            Interlocked.Add(ref _bytes, done.Bytes);
        }

        Judge(new PullFailure(key.Value, OneLine.Of(sha512), OneLine.Of(done.Problem ?? "")), done.Outcome, done.MayPass);
    }

    private Task<AccountAnswer> AskAsync(string path, CancellationToken cancellationToken) =>
        _connection.AskAsync(HttpMethod.Post, path, null, [HttpStatusCode.OK], cancellationToken);

    private async Task<T> RepeatAsync<T>(Func<Task<T>> ask, Func<T, bool> isTransient, CancellationToken cancellationToken)
    {
        foreach (TimeSpan pause in Pauses)
        {
            T answer = await ask().ConfigureAwait(false);

            // Not while everything fails: the pauses of thousands of keys would add up.
            if (!isTransient(answer) || Volatile.Read(ref _failuresInARow) > _jobs)
                return answer;
            await Task.Delay(pause, _timeProvider, cancellationToken).ConfigureAwait(false);
        }

        return await ask().ConfigureAwait(false);
    }

    private void Judge(PullFailure failure, PullOutcome outcome, bool mayPass)
    {
        if (outcome is PullOutcome.Pulled or PullOutcome.Here)
        {
            Volatile.Write(ref _failuresInARow, 0);
            return;
        }

        NoteFailure(failure);

        // A missing object says nothing about the rest.
        if (outcome == PullOutcome.Failed && mayPass && Interlocked.Increment(ref _failuresInARow) >= MaxFailuresInARow)
        {
            throw new NetworkCacheUnavailableException(
                $"{MaxFailuresInARow} keys and objects failed one after the other, the last with: {failure.Problem} Check the upstreams, and run it again: what was transferred is kept.");
        }
    }
}

/// <summary>The totals of a pull, while it runs or at its end.</summary>
/// <param name="Keys">Keys that were asked for.</param>
/// <param name="ChangedKeys">Of them, those of which something else was known before, or nothing.</param>
/// <param name="Entries">Entries that the server lists under these keys.</param>
/// <param name="Objects">Objects that were transferred.</param>
/// <param name="Bytes">Their bytes.</param>
/// <param name="Here">Objects that were there already.</param>
/// <param name="Failed">Keys and objects that could not be pulled.</param>
public sealed record PullTotals(long Keys, long ChangedKeys, long Entries, long Objects, long Bytes, long Here, long Failed);

/// <summary>A key or object that could not be pulled.</summary>
/// <param name="Key">The key; the text in its place when that is not a key.</param>
/// <param name="Sha512">The digest of an object of the key; null when it is the key itself.</param>
/// <param name="Problem">Why, on one line.</param>
public sealed record PullFailure(string Key, string? Sha512, string Problem)
{
    /// <inheritdoc/>
    public override string ToString() => Sha512 is null ? $"{OneLine.Of(Key)}: {Problem}" : $"{OneLine.Of(Key)}, object {Sha512}: {Problem}";
}
