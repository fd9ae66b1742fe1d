using System.Text;
using SQLitePCL;

namespace Shacache.Database.Sqlite.Engine;

/// <summary>A prepared statement of one connection. Disposing it makes it ready for the next use. Parameters count from 1, columns from 0.</summary>
internal sealed class Statement(Connection connection, sqlite3_stmt handle) : IDisposable
{
    public Statement Bind(int parameter, long value)
    {
        connection.Check(raw.sqlite3_bind_int64(handle, parameter, value));
        return this;
    }

    public Statement Bind(int parameter, long? value)
    {
        connection.Check(value is { } number ? raw.sqlite3_bind_int64(handle, parameter, number) : raw.sqlite3_bind_null(handle, parameter));
        return this;
    }

    public Statement BindBlob(int parameter, ReadOnlySpan<byte> value)
    {
        // An empty span has no address, and SQLite takes a null address for NULL.
        connection.Check(
            value.IsEmpty ? raw.sqlite3_bind_zeroblob(handle, parameter, 0) : raw.sqlite3_bind_blob(handle, parameter, value));
        return this;
    }

    public Statement BindText(int parameter, string value)
    {
        connection.Check(raw.sqlite3_bind_text(handle, parameter, value));
        return this;
    }

    /// <summary>Goes to the next row.</summary>
    /// <returns>False after the last one.</returns>
    public bool Step()
    {
        int result = raw.sqlite3_step(handle);
        if (result is not (raw.SQLITE_ROW or raw.SQLITE_DONE))
            connection.Check(result);
        return result == raw.SQLITE_ROW;
    }

    /// <summary>Runs to the end; rows are ignored.</summary>
    public void Run()
    {
        while (Step())
        {
        }
    }

    public long Int64(int column) => raw.sqlite3_column_int64(handle, column);

    public bool IsNull(int column) => raw.sqlite3_column_type(handle, column) == raw.SQLITE_NULL;

    public bool IsBlob(int column) => raw.sqlite3_column_type(handle, column) == raw.SQLITE_BLOB;

    /// <summary>The bytes of a blob or of a text. Valid until the next step.</summary>
    public ReadOnlySpan<byte> Bytes(int column) => raw.sqlite3_column_blob(handle, column);

    public string Text(int column) => Encoding.UTF8.GetString(Bytes(column));

    public void Dispose()
    {
        // The result repeats the error that Step has thrown.
        _ = raw.sqlite3_reset(handle);
        _ = raw.sqlite3_clear_bindings(handle);
    }

    internal void Close() => handle.Dispose();
}
