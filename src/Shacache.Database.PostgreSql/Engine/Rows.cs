using Npgsql;
using Shacache.Core.Blobs;

namespace Shacache.Database.PostgreSql.Engine;

/// <summary>Values as the tables have them. Columns count from 0.</summary>
internal static class Rows
{
    public static long Int64(this NpgsqlDataReader row, int column) => row.GetInt64(column);

    public static long? Int64OrNull(this NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : row.GetInt64(column);

    public static string Text(this NpgsqlDataReader row, int column) => row.GetString(column);

    public static string? TextOrNull(this NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : row.GetString(column);

    public static byte[] Bytes(this NpgsqlDataReader row, int column) => row.GetFieldValue<byte[]>(column);

    public static Digest Digest(this NpgsqlDataReader row, int column) => new(row.Bytes(column));

    /// <summary>A time in milliseconds since 1970.</summary>
    public static DateTimeOffset Time(this NpgsqlDataReader row, int column) => DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(column));

    /// <inheritdoc cref="Time"/>
    public static DateTimeOffset? TimeOrNull(this NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : row.Time(column);

    /// <summary>A time in ticks since the year 1.</summary>
    public static DateTimeOffset? TicksOrNull(this NpgsqlDataReader row, int column) =>
        row.IsDBNull(column) ? null : new DateTimeOffset(row.GetInt64(column), TimeSpan.Zero);

    /// <summary>A digest as its column has it.</summary>
    public static byte[] ToBytes(this Digest digest)
    {
        byte[] bytes = new byte[Core.Blobs.Digest.LengthBytes];
        digest.CopyTo(bytes);
        return bytes;
    }

    /// <summary>A time as its column has it.</summary>
    public static long Ms(this DateTimeOffset time) => time.ToUnixTimeMilliseconds();
}
