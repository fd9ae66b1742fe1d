using Shacache.Core.Moving;

namespace Shacache.Cli.Moving;

/// <summary>From where to where everything is copied, opened.</summary>
internal sealed class MoveEnds : IAsyncDisposable
{
    private readonly Stack<IAsyncDisposable> _opened = [];

    /// <summary>What is copied, for people.</summary>
    public string Source { get; set; } = "";

    /// <summary>Where it goes, for people.</summary>
    public string Target { get; set; } = "";

    /// <summary>From where to where content goes; null when it stays.</summary>
    public (IContentSource From, IContentTarget To)? Content { get; set; }

    /// <summary>From where to where the rest goes; null when it stays.</summary>
    public (IMovedRows From, IMoveTarget To)? Rows { get; set; }

    /// <summary>Whether all content of the target came from this copy, so that what the source has no more is removed there.</summary>
    public bool IsMirror { get; set; }

    /// <summary>Where it is written what content was taken away, for when content is copied alone; null when that is not here.</summary>
    public IMovedRows? Log { get; set; }

    /// <summary>Notes that the copy has come to its end.</summary>
    public Func<CancellationToken, Task> EndAsync { get; set; } = static _ => Task.CompletedTask;

    /// <summary>Cancelled when another process may do the same from now on.</summary>
    public CancellationToken Lost { get; set; }

    /// <summary>Keeps something open until the end.</summary>
    public T Own<T>(T opened)
        where T : notnull
    {
        _opened.Push(opened as IAsyncDisposable ?? new Held((IDisposable)opened));
        return opened;
    }

    /// <summary>What was opened last is closed first.</summary>
    public async ValueTask DisposeAsync()
    {
        while (_opened.TryPop(out IAsyncDisposable? opened))
            await opened.DisposeAsync();
    }

    private sealed class Held(IDisposable resource) : IAsyncDisposable
    {
        public ValueTask DisposeAsync()
        {
            resource.Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
