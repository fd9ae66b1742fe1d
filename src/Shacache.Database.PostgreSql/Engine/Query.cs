using System.Text;
using Npgsql;
using NpgsqlTypes;

namespace Shacache.Database.PostgreSql.Engine;

/// <summary>A statement with its parameters, $1 and on in the order in which they are added.</summary>
internal sealed class Query
{
    private readonly NpgsqlBatchCommand _command;

    /// <param name="sql">The statement; the same text each time, so that it is prepared once for each connection.</param>
    public Query(string sql) => _command = new NpgsqlBatchCommand(sql);

    /// <summary>Called for each row; null for a statement without rows.</summary>
    public Action<NpgsqlDataReader>? Row { get; private set; }

    /// <summary>How many rows it changed, or gave, once it has run.</summary>
    public int Count => (int)_command.RecordsAffected;

    internal NpgsqlBatchCommand Command => _command;

    /// <summary>Reads rows. A statement that gives any must have this.</summary>
    public Query Into(Action<NpgsqlDataReader> row)
    {
        Row = row;
        return this;
    }

    public Query Add(long value) => Add(new NpgsqlParameter<long> { TypedValue = value, NpgsqlDbType = NpgsqlDbType.Bigint });

    public Query Add(long? value) => value is { } number ? Add(number) : AddNull(NpgsqlDbType.Bigint);

    public Query Add(int value) => Add(new NpgsqlParameter<int> { TypedValue = value, NpgsqlDbType = NpgsqlDbType.Integer });

    public Query Add(short value) => Add(new NpgsqlParameter<short> { TypedValue = value, NpgsqlDbType = NpgsqlDbType.Smallint });

    public Query Add(short? value) => value is { } number ? Add(number) : AddNull(NpgsqlDbType.Smallint);

    public Query Add(bool value) => Add(new NpgsqlParameter<bool> { TypedValue = value, NpgsqlDbType = NpgsqlDbType.Boolean });

    public Query Add(Guid value) => Add(new NpgsqlParameter<Guid> { TypedValue = value, NpgsqlDbType = NpgsqlDbType.Uuid });

    /// <summary>Adds a text. PostgreSQL has no NUL in texts, and no half of a character: they become U+FFFD.</summary>
    public Query Add(string? value) =>
        value is null ? AddNull(NpgsqlDbType.Text) : Add(new NpgsqlParameter<string> { TypedValue = Clean(value), NpgsqlDbType = NpgsqlDbType.Text });

    public Query Add(byte[]? value) =>
        value is null ? AddNull(NpgsqlDbType.Bytea) : Add(new NpgsqlParameter<byte[]> { TypedValue = value, NpgsqlDbType = NpgsqlDbType.Bytea });

    public Query Add(int[] values) => Add(new NpgsqlParameter<int[]> { TypedValue = values, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Integer });

    public Query Add(long[] values) => Add(new NpgsqlParameter<long[]> { TypedValue = values, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Bigint });

    public Query Add(byte[][] values) => Add(new NpgsqlParameter<byte[][]> { TypedValue = values, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Bytea });

    public Query Add(string[] values) =>
        Add(new NpgsqlParameter<string[]> { TypedValue = Array.ConvertAll(values, Clean), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text });

    private static string Clean(string text)
    {
        foreach (char c in text)
        {
            if (c == '\0' || char.IsSurrogate(c))
                return Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text)).Replace('\0', '\uFFFD');
        }

        return text;
    }

    private Query AddNull(NpgsqlDbType type) => Add(new NpgsqlParameter { NpgsqlDbType = type, Value = DBNull.Value });

    private Query Add(NpgsqlParameter parameter)
    {
        _command.Parameters.Add(parameter);
        return this;
    }
}
