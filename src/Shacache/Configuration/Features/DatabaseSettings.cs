using Shacache.Cli.Configuration.Declaration;
using Shacache.Database.PostgreSql;

namespace Shacache.Cli.Configuration.Features;

/// <summary>Where entries, accounts and all else but content are.</summary>
internal sealed class DatabaseSettings
{
    /// <summary>What reads them may be said in several places, but a password of it in one.</summary>
    public const string Name = "database";

    public static SettingTable<ServerSettings> Table { get; } = new()
    {
        { Name, new SettingUnit<PostgreSqlAddress?>("URI", ParseAddress, address => address?.ToString() ?? ""),
            "Where entries, accounts and all else but content are stored, for several nodes together: postgresql://USER@HOST:PORT/NAME; none for a file in data. " +
            "The password comes from database-password-file, PGPASSWORD or PGPASSFILE, or stands in the URI in a file of settings.",
            settings => settings.Database.Address, (settings, value) => settings.Database.Address = value },
        { "database-password-file", Units.Path, "File with the password of the database, read at each connection.",
            settings => settings.Database.PasswordFile, (settings, value) => settings.Database.PasswordFile = value },
        { "database-pool-size", Units.Number(PostgreSqlOptions.MinPoolSize, 1000),
            "The most connections of this server to PostgreSQL, which accepts 100 in all unless it is told otherwise.",
            settings => settings.Database.PoolSize, (settings, value) => settings.Database.PoolSize = value },
    };

    /// <summary>Null for a file in the data folder.</summary>
    public PostgreSqlAddress? Address { get; set; }

    public string? PasswordFile { get; set; }

    public int PoolSize { get; set; } = 30;

    /// <summary>How PostgreSQL is used; null when it is not.</summary>
    public PostgreSqlOptions? Options => Address is null ? null : new PostgreSqlOptions(Address) { PasswordFile = PasswordFile, PoolSize = PoolSize };

    private static string? ParseAddress(string text, out PostgreSqlAddress? address)
    {
        address = null;
        if (text.Length == 0)
            return null;
        return PostgreSqlAddress.TryParse(text, out address, out string? problem) ? null : $"is no database: {problem.TrimEnd('.')}";
    }
}
