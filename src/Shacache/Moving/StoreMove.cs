using System.Diagnostics;
using Shacache.Core.Accounts;
using Shacache.Core.Blobs;
using Shacache.Core.Moving;

namespace Shacache.Cli.Moving;

/// <summary>Copies the stores of a server while it may run: looks at everything again and again, until there is nothing to do.</summary>
/// <remarks>What is there already is found and left alone, so that it can be stopped at any time, killed, and run again.</remarks>
/// <param name="ends">From where to where.</param>
/// <param name="parallelism">How many objects are under way at once.</param>
/// <param name="tally">Shows how far it has come.</param>
internal sealed class StoreMove(MoveEnds ends, int parallelism, MoveTally tally)
{
    /// <summary>So often a source that goes on changing is looked at.</summary>
    public const int MaxPasses = 5;

    private static readonly MovedTable AuditLog = MovedTables.All.First(table => table.Name == "audit_log");

    private readonly ContentMove? _content = ends.Content is { } content
        ? new ContentMove(content.From, content.To, parallelism) { IsMirror = ends.IsMirror, OnProgress = tally.AddContent }
        : null;

    private MovedRow? _lastLine;

    /// <summary>Told of each look at everything when it has ended.</summary>
    public Action<MovePassDocument>? OnPass { get; init; }

    /// <exception cref="BlobStoreException">A store failed.</exception>
    /// <exception cref="Core.Entries.EntryStoreException">A database failed.</exception>
    public async Task<MoveReportDocument> RunAsync(CancellationToken cancellationToken)
    {
        List<MovePassDocument> passes = [];
        do
        {
            passes.Add(await RunPassAsync(passes.Count + 1, cancellationToken));
            OnPass?.Invoke(passes[^1]);
        }
        while (!passes[^1].IsQuiet && passes.Count < MaxPasses);
        await ends.EndAsync(cancellationToken);
        Dictionary<string, string> damaged = _content?.Damaged.ToDictionary(blob => blob.Key.ToString(), blob => blob.Value) ?? [];
        return new MoveReportDocument(ends.Source, ends.Target, passes, passes[^1].IsQuiet && damaged.Count == 0, damaged);
    }

    private async Task<MovePassDocument> RunPassAsync(int number, CancellationToken cancellationToken)
    {
        long began = Stopwatch.GetTimestamp();
        BlobTotals totals = await ((ends.Rows?.From ?? ends.Log)?.CountContentAsync(cancellationToken) ?? default);
        tally.Begin(number, ends.Content is null ? 0 : totals.LengthBytes);
        var rows = new SortedDictionary<string, long>(StringComparer.Ordinal);

        // Who may do what, and what is refused, is there before anything else.
        long notes = await MoveTablesAsync(MovedTables.Rules, rows, cancellationToken);
        ContentMoveOutcome content = default;
        using (var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, ends.Lost))
        {
            Task<long> rest = CancelOtherAsync(MoveTablesAsync(MovedTables.Rest, rows, either.Token), either);
            Task<ContentMoveOutcome> copying = CancelOtherAsync(CopyAsync(either.Token), either);
            try
            {
                await Task.WhenAll(rest, copying);
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                // The cause of it, unless it is the lease.
                await (rest.IsFaulted ? rest : copying.IsFaulted ? copying : Task.CompletedTask);
                throw new BlobStoreException("PostgreSQL did not answer for 20 seconds, so that another process may copy there now. Run it again: it goes on where it was.");
            }

            notes += await rest;
            content = await copying;
        }

        if (ends.Rows is { } moved)
            await moved.To.SettleAsync(cancellationToken);
        return new MovePassDocument(
            number, content.Copied, content.CopiedBytes, content.Removed, content.Gone, rows, notes, Stopwatch.GetElapsedTime(began).TotalSeconds);
    }

    private async Task<ContentMoveOutcome> CopyAsync(CancellationToken cancellationToken)
    {
        if (_content is null)
            return default;
        ContentMoveOutcome outcome = await _content.RunAsync(cancellationToken);
        if (ends.Log is { } log)
            await RemoveWhatWasRemovedAsync(_content, log, cancellationToken);
        return outcome with { Removed = _content.Removed };
    }

    private async Task<long> MoveTablesAsync(IReadOnlyList<MovedTable> tables, SortedDictionary<string, long> rows, CancellationToken cancellationToken)
    {
        if (ends.Rows is not { } moved)
            return 0;
        long notes = 0;
        foreach (MovedTable table in tables)
        {
            long changes = await new TableMove(moved.From, moved.To) { OnRows = tally.AddRows }.RunAsync(table, cancellationToken);
            if (!table.IsCounted)
                notes += changes;
            else if (changes > 0)
                rows[table.Called] = changes;
        }

        return notes;
    }

    /// <summary>Where other content may be in the target as well, what operators took away is told from the audit log.</summary>
    private async Task RemoveWhatWasRemovedAsync(ContentMove content, IMovedRows log, CancellationToken cancellationToken)
    {
        while (await log.ReadAsync(AuditLog, _lastLine, cancellationToken) is { Count: > 0 } page)
        {
            foreach (MovedRow line in page)
            {
                if (line.Values is [_, _, _, (long)AuditAction.Remove, string subject, ..] && Digest.TryParse(subject, out Digest digest))
                    await content.RemoveAsync(digest, cancellationToken);
            }

            _lastLine = page[^1];
        }
    }

    private static async Task<T> CancelOtherAsync<T>(Task<T> task, CancellationTokenSource other)
    {
        try
        {
            return await task;
        }
        catch
        {
            await other.CancelAsync();
            throw;
        }
    }
}
