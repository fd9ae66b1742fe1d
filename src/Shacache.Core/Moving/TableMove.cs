namespace Shacache.Core.Moving;

/// <summary>Makes a table of one database the same as that of another one, by a walk over both. What is the same already is left alone, so that it can be run again.</summary>
/// <param name="source">Where rows come from. It may change meanwhile.</param>
/// <param name="target">Where they go. Nothing else changes it.</param>
public sealed class TableMove(IMovedRows source, IMoveTarget target)
{
    private const int MaxBatchRows = 256;

    /// <summary>About so long a batch is at most, and the row that ends it, in bytes.</summary>
    private const int MaxBatchBytes = 4 << 20;

    private readonly List<MovedRow> _gone = [];
    private readonly List<MovedRow> _put = [];
    private long _batchBytes;

    /// <summary>Told of rows that were looked at.</summary>
    public Action<long>? OnRows { get; init; }

    /// <summary>Told of rows that were put or deleted.</summary>
    public Action<long>? OnChanges { get; init; }

    /// <summary>Moves a table.</summary>
    public async Task RunAsync(MovedTable table, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(table);
        var from = new RowWalk(source, table);
        var to = new RowWalk(target, table);
        while (true)
        {
            MovedRow? wanted = await from.PeekAsync(cancellationToken).ConfigureAwait(false);
            MovedRow? there = await to.PeekAsync(cancellationToken).ConfigureAwait(false);
            if (wanted is null && there is null)
                break;
            int order = wanted is null ? 1 : there is null ? -1 : wanted.CompareKeyTo(there, table.KeyCount);
            if (order > 0)
                Add(_gone, there!);
            else if (order < 0 || !wanted!.Equals(there))
                Add(_put, wanted!);
            if (order <= 0)
            {
                from.Advance();
                OnRows?.Invoke(1);
            }

            if (order >= 0)
                to.Advance();
            if (_gone.Count + _put.Count >= MaxBatchRows || _batchBytes >= MaxBatchBytes)
                await ChangeAsync(table, cancellationToken).ConfigureAwait(false);
        }

        await ChangeAsync(table, cancellationToken).ConfigureAwait(false);
    }

    private void Add(List<MovedRow> batch, MovedRow row)
    {
        batch.Add(row);
        _batchBytes += row.Length;
    }

    private async Task ChangeAsync(MovedTable table, CancellationToken cancellationToken)
    {
        int count = _gone.Count + _put.Count;
        if (count == 0)
            return;
        await target.ChangeAsync(table, _gone, _put, cancellationToken).ConfigureAwait(false);
        OnChanges?.Invoke(count);
        _gone.Clear();
        _put.Clear();
        _batchBytes = 0;
    }

    /// <summary>A walk over the rows of one table, page by page.</summary>
    private sealed class RowWalk(IMovedRows rows, MovedTable table)
    {
        private IReadOnlyList<MovedRow> _page = [];
        private int _next;
        private bool _isOver;

        public async ValueTask<MovedRow?> PeekAsync(CancellationToken cancellationToken)
        {
            if (_next == _page.Count && !_isOver)
            {
                _page = await rows.ReadAsync(table, _page.Count == 0 ? null : _page[^1], cancellationToken).ConfigureAwait(false);
                _next = 0;
                _isOver = _page.Count == 0;
            }

            return _isOver ? null : _page[_next];
        }

        public void Advance() => _next++;
    }
}
