using System.Diagnostics.CodeAnalysis;
using SQLitePCL;

namespace Shacache.Database.Sqlite.Engine;

/// <summary>One connection to the database, with its prepared statements. Used by one thread at a time.</summary>
internal sealed class Connection : IDisposable
{
    /// <summary>How long a lock of another process is waited for, in milliseconds.</summary>
    public const int BusyTimeoutMs = 10_000;

    private readonly sqlite3 _handle;
    private readonly string _path;

    // By reference: every statement of this assembly is a constant, so the text need not be hashed again and again.
    private readonly Dictionary<object, Statement> _statements = new(ReferenceEqualityComparer.Instance);

    static Connection() => Batteries_V2.Init();

    private Connection(sqlite3 handle, string path)
    {
        _handle = handle;
        _path = path;
    }

    /// <summary>Rows that the last statement inserted, updated or deleted.</summary>
    public int Changes => raw.sqlite3_changes(_handle);

    /// <summary>Whether a transaction is open. SQLite ends one by itself after some errors.</summary>
    public bool InTransaction => raw.sqlite3_get_autocommit(_handle) == 0;

    /// <summary>For what SQLite does with a whole database.</summary>
    internal sqlite3 Handle => _handle;

    /// <summary>Opens the database, creating an empty one where none is.</summary>
    /// <param name="path">The file.</param>
    /// <param name="busyTimeoutMs">How long to wait for a lock that another process holds, in milliseconds.</param>
    public static Connection Open(string path, int busyTimeoutMs) => Open(path, busyTimeoutMs, raw.SQLITE_OPEN_READWRITE | raw.SQLITE_OPEN_CREATE);

    /// <summary>Opens a database that is there, beside those who write to it, and never changes it.</summary>
    public static Connection OpenReadOnly(string path) => Open(path, BusyTimeoutMs, raw.SQLITE_OPEN_READONLY);

    private static Connection Open(string path, int busyTimeoutMs, int flags)
    {
        int result = raw.sqlite3_open_v2(path, out sqlite3 handle, flags | raw.SQLITE_OPEN_NOMUTEX, null);
        if (result != raw.SQLITE_OK)
        {
            handle?.Dispose();
            throw new SqliteFailureException(result, raw.sqlite3_errstr(result).utf8_to_string());
        }

        var connection = new Connection(handle, path);
        raw.sqlite3_extended_result_codes(handle, 1);
        connection.SetBusyTimeout(busyTimeoutMs);
        return connection;
    }

    public void SetBusyTimeout(int busyTimeoutMs) => raw.sqlite3_busy_timeout(_handle, busyTimeoutMs);

    /// <summary>A prepared statement, reset when it is disposed, and kept for the next time.</summary>
    /// <param name="sql">A constant: the statement is kept as long as the connection.</param>
    public Statement Prepare([ConstantExpected] string sql) => PrepareMade(sql);

    /// <inheritdoc cref="Prepare"/>
    /// <param name="sql">One of a bounded number that the program makes once each.</param>
    public Statement PrepareMade(string sql)
    {
        if (_statements.TryGetValue(sql, out Statement? statement))
            return statement;
        Check(raw.sqlite3_prepare_v3(_handle, sql, raw.SQLITE_PREPARE_PERSISTENT, out sqlite3_stmt handle));
        return _statements[sql] = new Statement(this, handle);
    }

    /// <summary>Runs a constant statement without parameters or result.</summary>
    public void Execute([ConstantExpected] string sql)
    {
        using Statement statement = Prepare(sql);
        statement.Run();
    }

    /// <summary>Runs a script of several statements.</summary>
    public void ExecuteScript(string sql) => Check(raw.sqlite3_exec(_handle, sql));

    /// <summary>Ends a transaction without its changes, if one is still open.</summary>
    public void Rollback()
    {
        if (InTransaction)
            Execute("ROLLBACK");
    }

    /// <summary>Copies the log into the database file.</summary>
    /// <returns>How many pages the log holds, copied or not; 0 when it could not be told.</returns>
    public int Checkpoint(int mode)
    {
        int result = raw.sqlite3_wal_checkpoint_v2(_handle, "main", mode, out int pages, out _);
        if (result != raw.SQLITE_OK && (result & 0xFF) != raw.SQLITE_BUSY)
            Check(result);
        return Math.Max(pages, 0);
    }

    public void Dispose()
    {
        foreach (Statement statement in _statements.Values)
            statement.Close();
        _handle.Dispose();
    }

    /// <summary>Throws unless the result is success.</summary>
    internal void Check(int result)
    {
        if (result != raw.SQLITE_OK)
            throw new SqliteFailureException(raw.sqlite3_extended_errcode(_handle), $"{raw.sqlite3_errmsg(_handle).utf8_to_string()} ({_path})");
    }
}
