using System.Diagnostics;
using Shacache.Core.Moving;

namespace Shacache.Cli.Moving;

/// <summary>One look at everything. When an engine goes away and comes back, it goes on as the same one.</summary>
/// <param name="number">From 1 on.</param>
internal sealed class MovePass(int number)
{
    private readonly long _began = Stopwatch.GetTimestamp();
    private readonly SortedDictionary<string, long> _rows = new(StringComparer.Ordinal);
    private ContentMoveOutcome _content;
    private long _notes;

    public int Number => number;

    /// <summary>How much was copied or removed; of no unit.</summary>
    public long Done => _content.Copied + _content.Removed + _notes + _rows.Values.Sum();

    /// <summary>Adds what was done of content.</summary>
    public void Add(ContentMoveOutcome part) => _content = new ContentMoveOutcome(
        _content.Copied + part.Copied, _content.CopiedBytes + part.CopiedBytes, _content.Removed + part.Removed, _content.Gone + part.Gone);

    /// <summary>Adds rows that were put or deleted. One table is moved at a time.</summary>
    public void Add(MovedTable table, long changes)
    {
        if (table.IsCounted)
            _rows[table.Called] = _rows.GetValueOrDefault(table.Called) + changes;
        else
            _notes += changes;
    }

    /// <summary>What it did, now that it has ended.</summary>
    public MovePassDocument ToDocument() => new(
        number, _content.Copied, _content.CopiedBytes, _content.Removed, _content.Gone, _rows, _notes, Stopwatch.GetElapsedTime(_began).TotalSeconds);
}
