using SQLitePCL;

namespace Shacache.Database.Sqlite.Engine;

/// <summary>Copies the log into the database file, on a thread and a connection of its own, so that no commit waits for it.</summary>
internal sealed class Checkpointer : IDisposable
{
    /// <summary>From this length on the writer is asked to restart the log, in bytes.</summary>
    public const int MaxLogBytes = 64 * 1024 * 1024;

    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(500);

    private readonly Connection _connection;
    private readonly Lock _gate = new();
    private readonly AutoResetEvent _committed = new(false);
    private readonly ManualResetEvent _stop = new(false);
    private readonly Thread _thread;
    private readonly int _maxLogPages;
    private volatile bool _restartRequested;

    /// <param name="connection">The checkpointer's own; disposed with it.</param>
    /// <param name="pageBytes">Length of a page of the database, in bytes.</param>
    public Checkpointer(Connection connection, int pageBytes)
    {
        _connection = connection;
        _maxLogPages = MaxLogBytes / pageBytes;
        // A connection that never read anything does not know of the log, and its checkpoints silently do nothing.
        connection.ExecuteScript("SELECT 1 FROM sqlite_schema;");
        _thread = new Thread(Run) { IsBackground = true, Name = "SQLite checkpointer" };
        _thread.Start();
    }

    /// <summary>Says that there is something to copy.</summary>
    public void NoteCommit() => _committed.Set();

    /// <summary>Whether the log is too long. Asks once; asked again after the next checkpoint if it still is.</summary>
    public bool TakeRestartRequest()
    {
        bool requested = _restartRequested;
        if (requested)
            _restartRequested = false;
        return requested;
    }

    public void Dispose()
    {
        _stop.Set();
        _thread.Join();
        _connection.Dispose();
        _committed.Dispose();
        _stop.Dispose();
    }

    /// <summary>Copies what the log holds now, as far as no reader is in the way.</summary>
    internal void Checkpoint()
    {
        lock (_gate)
        {
            try
            {
                _restartRequested = _connection.Checkpoint(raw.SQLITE_CHECKPOINT_PASSIVE) > _maxLogPages;
            }
            catch (SqliteFailureException)
            {
                // Full or failing disk: the log holds every committed change, and the next commit makes us try again.
            }
        }
    }

    private void Run()
    {
        // An idle database needs no timer.
        while (WaitHandle.WaitAny([_stop, _committed]) != 0 && !_stop.WaitOne(Interval))
            Checkpoint();
    }
}
