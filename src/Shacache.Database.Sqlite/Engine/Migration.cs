using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using Shacache.Core.Entries;

namespace Shacache.Database.Sqlite.Engine;

/// <summary>Brings the schema of a database to the version that this program knows. The version is SQLite's user_version.</summary>
internal static class Migration
{
    /// <summary>"shac": what an SQLite file says it is, so that another program's database is not taken for ours.</summary>
    private const int ApplicationId = 0x73686163;

    private static readonly string[] Names =
        [.. Assembly.GetExecutingAssembly().GetManifestResourceNames().Where(name => char.IsAsciiDigit(name[0])).Order(StringComparer.Ordinal)];

    /// <summary>The version that this program writes.</summary>
    public static int Latest => Names.Length;

    /// <summary>Applies what is missing, all in one transaction.</summary>
    /// <exception cref="EntryStoreException">The database is from a newer version, or another program's.</exception>
    public static void Apply(Connection connection, string path)
    {
        if (Check(connection, path) == Latest)
            return;

        connection.Execute("BEGIN IMMEDIATE");
        try
        {
            // Asked again: another process may have been here first.
            for (int version = Check(connection, path); version < Latest; version++)
                connection.ExecuteScript(Read(Names[version]));
            connection.ExecuteScript($"PRAGMA application_id = {ApplicationId}; PRAGMA user_version = {Latest};");
            connection.Execute("COMMIT");
        }
        catch
        {
            connection.Rollback();
            throw;
        }
    }

    /// <summary>Which version the database has; 0 for a new one. Changes nothing.</summary>
    /// <exception cref="EntryStoreException">The database is from a newer version, or another program's.</exception>
    public static int Check(Connection connection, string path)
    {
        long version = Number(connection, "PRAGMA user_version");
        if (version > Latest)
        {
            throw new EntryStoreException(
                $"{path} was written by a newer version of this program (schema {version}; this one knows {Latest}). Run that version.");
        }

        long tables = Number(connection, "SELECT count(*) FROM sqlite_schema");
        if (version == 0 ? tables != 0 : Number(connection, "PRAGMA application_id") != ApplicationId)
            throw new EntryStoreException($"{path} is the database of another program. Name another data folder.");
        return (int)version;
    }

    private static long Number(Connection connection, [ConstantExpected] string sql)
    {
        using Statement statement = connection.Prepare(sql);
        return statement.Step() ? statement.Int64(0) : 0;
    }

    private static string Read(string name)
    {
        using var reader = new StreamReader(Assembly.GetExecutingAssembly().GetManifestResourceStream(name)!);
        return reader.ReadToEnd();
    }
}
