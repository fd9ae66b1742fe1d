using Shacache.Core.Accounts;
using Shacache.Core.Blobs;
using Shacache.Core.Moving;

namespace Shacache.Cli.Moving;

/// <summary>Looks at everything, and copies what is missing, between stores that are open.</summary>
/// <param name="ends">From where to where.</param>
/// <param name="parallelism">How many objects are under way at once.</param>
/// <param name="tally">Shows how far it has come.</param>
internal sealed class MoveRun(MoveEnds ends, int parallelism, MoveTally tally)
{
    private static readonly MovedTable AuditLog = MovedTables.All.First(table => table.Name == "audit_log");

    private readonly ContentMove? _content = ends.Content is { } content
        ? new ContentMove(content.From, content.To, parallelism) { IsMirror = ends.IsMirror, OnProgress = tally.AddContent }
        : null;

    private MovedRow? _lastLine;

    /// <summary>What is damaged in the source: why, by digest.</summary>
    public IReadOnlyDictionary<string, string> Damaged => _content?.Damaged.ToDictionary(blob => blob.Key.ToString(), blob => blob.Value) ?? [];

    /// <summary>Looks at everything once.</summary>
    /// <param name="pass">Gets what was done, also when it is not all.</param>
    /// <param name="cancellationToken">Stops.</param>
    /// <exception cref="BlobStoreException">A store failed.</exception>
    /// <exception cref="Core.Entries.EntryStoreException">A database failed.</exception>
    public async Task RunAsync(MovePass pass, CancellationToken cancellationToken)
    {
        BlobTotals totals = await ((ends.Rows?.From ?? ends.Log)?.CountContentAsync(cancellationToken) ?? default);
        tally.Begin(pass.Number, ends.Content is null ? 0 : totals.LengthBytes);

        // Who may do what, and what is refused, is there before anything else.
        await MoveTablesAsync(MovedTables.Rules, pass, cancellationToken);
        using (var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, ends.Lost))
        {
            Task rest = CancelOtherAsync(MoveTablesAsync(MovedTables.Rest, pass, either.Token), either);
            Task copying = CancelOtherAsync(CopyAsync(pass, either.Token), either);
            try
            {
                await Task.WhenAll(rest, copying);
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                // The cause of it, unless it is the lease.
                await (rest.IsFaulted ? rest : copying.IsFaulted ? copying : Task.CompletedTask);
                throw new BlobStoreException("PostgreSQL did not answer for 20 seconds, so that another process may copy there now.") { IsAway = true };
            }
        }

        if (ends.Rows is { } moved)
            await moved.To.SettleAsync(cancellationToken);
    }

    private async Task CopyAsync(MovePass pass, CancellationToken cancellationToken)
    {
        if (_content is null)
            return;
        try
        {
            await _content.RunAsync(cancellationToken);
            if (ends.Log is { } log)
                await RemoveWhatWasRemovedAsync(_content, log, cancellationToken);
        }
        finally
        {
            pass.Add(_content.Outcome);
        }
    }

    private async Task MoveTablesAsync(IReadOnlyList<MovedTable> tables, MovePass pass, CancellationToken cancellationToken)
    {
        if (ends.Rows is not { } moved)
            return;
        foreach (MovedTable table in tables)
            await new TableMove(moved.From, moved.To) { OnRows = tally.AddRows, OnChanges = changes => pass.Add(table, changes) }.RunAsync(table, cancellationToken);
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

    private static async Task CancelOtherAsync(Task task, CancellationTokenSource other)
    {
        try
        {
            await task;
        }
        catch
        {
            await other.CancelAsync();
            throw;
        }
    }
}
