using System.Collections.Concurrent;
using Shacache.Cli.Output;
using Shacache.Client.Accounts;
using Shacache.Client.Errors;
using Shacache.Client.Remotes;
using Shacache.Client.Transfers;
using Shacache.Core.Upstreams;

namespace Shacache.Cli.Locks;

/// <summary>Has a server fetch all that a lock file names. What it has is not fetched again, so that an interrupted run is repeated.</summary>
/// <param name="server">The running server, and who asks.</param>
/// <param name="remote">The name of the remote; null for the first of the type that the lock file is for.</param>
/// <param name="sign">Whether all of it is listed for a bundle.</param>
/// <param name="jobs">How many packages at the same time.</param>
/// <param name="terminal">Shows progress, and what could not be had.</param>
internal sealed class LockFetch(AccountServer server, string? remote, bool sign, int jobs, Terminal terminal)
{
    private static readonly TimeSpan ProgressInterval = TimeSpan.FromMilliseconds(250);

    private readonly ConcurrentDictionary<string, bool> _keys = new(StringComparer.Ordinal);
    private long _fetched;
    private long _here;
    private long _bytes;
    private int _done;
    private int _failed;

    /// <summary>The keys under which all of it is listed.</summary>
    public IEnumerable<string> Keys => _keys.Keys.Order(StringComparer.Ordinal);

    public LockTotals Totals => new(_done, _failed, Interlocked.Read(ref _fetched), Interlocked.Read(ref _here), Interlocked.Read(ref _bytes));

    /// <summary>Fetches. What fails is named, and the rest goes on.</summary>
    /// <exception cref="NetworkCacheException">The server cannot be asked, or refuses everything.</exception>
    public async Task RunAsync(LockContent content, CancellationToken cancellationToken)
    {
        foreach (string line in content.Omitted)
            terminal.Warn(ErrorReport.OneLine(line));
        using var remotes = new RemoteAdministration(server);
        await terminal.ShowAllAsync(async progressOf =>
        {
            using ProgressLine? line = progressOf("fetching");
            Task running = Parallel.ForEachAsync(
                content.Orders, new ParallelOptions { MaxDegreeOfParallelism = jobs, CancellationToken = cancellationToken },
                async (order, token) => await FetchAsync(remotes, order with { Remote = remote, Sign = sign }, token));
            while (line is not null && await Task.WhenAny(running, Task.Delay(ProgressInterval, CancellationToken.None)) != running)
            {
                line.Report(new TransferProgress(TransferStage.Downloading, Interlocked.Read(ref _bytes), null));
                line.Describe($"{_done} of {content.Orders.Count} packages, {_failed} failed");
            }

            await running;
            return true;
        });
    }

    private async ValueTask FetchAsync(RemoteAdministration remotes, RemoteOrderDocument order, CancellationToken cancellationToken)
    {
        string label = order.Url ?? $"{order.Type}:{order.Name}={order.Version}";
        IReadOnlyList<string> problems;
        try
        {
            RemoteFetchDocument done = await remotes.FetchAsync(order, cancellationToken);
            Interlocked.Add(ref _fetched, done.Fetched);
            Interlocked.Add(ref _here, done.Here);
            Interlocked.Add(ref _bytes, done.Bytes);
            foreach (string key in done.Keys)
                _keys.TryAdd(key, true);
            problems = done.Problems;
        }
        catch (NetworkCacheRefusedException e) when ((int)e.StatusCode is 400 or 404)
        {
            problems = [e.Message];
        }

        if (problems.Count > 0)
            Interlocked.Increment(ref _failed);
        else
            Interlocked.Increment(ref _done);
        foreach (string problem in problems)
            terminal.Warn(ErrorReport.OneLine($"{label}: {problem}"));
    }
}

/// <summary>What became of a lock file.</summary>
/// <param name="Done">Packages that are here with all of their files.</param>
/// <param name="Failed">Packages of which something is missing.</param>
/// <param name="Fetched">Files that came.</param>
/// <param name="Here">Files that were here.</param>
/// <param name="Bytes">Of those that came.</param>
internal sealed record LockTotals(int Done, int Failed, long Fetched, long Here, long Bytes);
