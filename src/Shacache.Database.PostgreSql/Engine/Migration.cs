using System.Data;
using System.Globalization;
using System.Reflection;
using Npgsql;

namespace Shacache.Database.PostgreSql.Engine;

/// <summary>Brings the schema to the version that this program knows, one node at a time.</summary>
/// <remarks>
/// A migration adds; nodes of the version before go on working while it is made and after it. Where one cannot, its first line says from which version on programs can work with what it
/// makes (<c>-- needs: 7</c>), and older ones refuse the database, which is the way to stop a rolling upgrade that cannot roll.
/// </remarks>
internal static class Migration
{
    private const string NeedsMark = "-- needs: ";
    private const int LongSeconds = 3600;

    private static readonly string[] Names =
        [.. Assembly.GetExecutingAssembly().GetManifestResourceNames().Where(name => char.IsAsciiDigit(name[0])).Order(StringComparer.Ordinal)];

    /// <summary>The version that this program makes.</summary>
    public static int Latest => Names.Length;

    /// <summary>Applies what is missing, all in one transaction; nothing when another node did.</summary>
    /// <exception cref="SchemaRefusedException">The schema needs a newer version of this program, or is another program's.</exception>
    public static async Task ApplyAsync(NpgsqlConnection connection)
    {
        if (await FindVersionAsync(connection).ConfigureAwait(false) >= Latest)
            return;
        await using NpgsqlTransaction transaction = await connection.BeginTransactionAsync(IsolationLevel.ReadCommitted, CancellationToken.None).ConfigureAwait(false);
        await RunAsync(connection, $"SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = 0; SELECT pg_advisory_xact_lock({Locks.Schema}, 0)").ConfigureAwait(false);

        // Asked again: another node may have been here first.
        int version = await FindVersionAsync(connection).ConfigureAwait(false);
        if (version >= Latest)
            return;
        if (version == 0)
        {
            await RunAsync(
                connection,
                "CREATE SCHEMA IF NOT EXISTS shacache; " +
                "CREATE TABLE shacache.schema_version (version integer NOT NULL, needs integer NOT NULL); " +
                "INSERT INTO shacache.schema_version (version, needs) VALUES (0, 0)").ConfigureAwait(false);
        }

        int needs = 0;
        for (; version < Latest; version++)
        {
            string script = Read(Names[version]);
            if (script.StartsWith(NeedsMark, StringComparison.Ordinal))
                needs = int.Parse(script.AsSpan()[NeedsMark.Length..script.IndexOf('\n')], CultureInfo.InvariantCulture);
            await RunAsync(connection, script).ConfigureAwait(false);
        }

        await RunAsync(connection, $"UPDATE shacache.schema_version SET version = {Latest}, needs = greatest(needs, {needs})").ConfigureAwait(false);
        await transaction.CommitAsync(CancellationToken.None).ConfigureAwait(false);
    }

    /// <summary>Which version the schema has; 0 for none. Changes nothing.</summary>
    private static async Task<int> FindVersionAsync(NpgsqlConnection connection)
    {
        (bool hasVersion, bool hasTables) = await FirstAsync(
            connection,
            "SELECT to_regclass('shacache.schema_version') IS NOT NULL, EXISTS (SELECT 1 FROM pg_class WHERE relnamespace = to_regnamespace('shacache'))",
            row => (row.GetBoolean(0), row.GetBoolean(1))).ConfigureAwait(false);
        if (!hasVersion)
            return hasTables ? throw new SchemaRefusedException("The schema 'shacache' of the database is another program's. Name another database.") : 0;
        (int version, int needs) = await FirstAsync(connection, "SELECT version, needs FROM shacache.schema_version", row => (row.GetInt32(0), row.GetInt32(1))).ConfigureAwait(false);
        return needs <= Latest
            ? version
            : throw new SchemaRefusedException(
                $"The database was brought up to date by a newer version of this program (schema {version}, which needs {needs}; this one knows {Latest}). Run that version.");
    }

    private static async Task<T> FirstAsync<T>(NpgsqlConnection connection, string sql, Func<NpgsqlDataReader, T> read)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await using NpgsqlDataReader reader = await command.ExecuteReaderAsync(CancellationToken.None).ConfigureAwait(false);
        return await reader.ReadAsync(CancellationToken.None).ConfigureAwait(false)
            ? read(reader)
            : throw new SchemaRefusedException("The table shacache.schema_version of the database is empty. Restore a backup of it.");
    }

    private static async Task RunAsync(NpgsqlConnection connection, string script)
    {
        await using var command = new NpgsqlCommand(script, connection) { CommandTimeout = LongSeconds };
        await command.ExecuteNonQueryAsync(CancellationToken.None).ConfigureAwait(false);
    }

    private static string Read(string name)
    {
        using var reader = new StreamReader(Assembly.GetExecutingAssembly().GetManifestResourceStream(name)!);
        return reader.ReadToEnd();
    }
}

/// <summary>The schema cannot be used by this program.</summary>
/// <param name="message">One line that says why, and what to do.</param>
internal sealed class SchemaRefusedException(string message) : Exception(message);
