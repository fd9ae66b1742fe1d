using Npgsql;

namespace Shacache.Database.PostgreSql;

/// <summary>How a node uses PostgreSQL.</summary>
/// <param name="Address">Where the database is.</param>
public sealed record PostgreSqlOptions(PostgreSqlAddress Address)
{
    /// <summary>The least connections with which everything works.</summary>
    public const int MinPoolSize = 4;

    /// <summary>A file with the password, read at each connection; null for the URI, <c>PGPASSWORD</c> or <c>PGPASSFILE</c>.</summary>
    public string? PasswordFile { get; init; }

    /// <summary>The most connections of this node. Three nodes fit into the 100 that PostgreSQL accepts by default, and some remain for other programs.</summary>
    public int PoolSize { get; init; } = 30;

    /// <summary>Makes the source of connections. Opens none.</summary>
    internal NpgsqlDataSource ToDataSource()
    {
        NpgsqlConnectionStringBuilder settings = Address.ToConnectionString();
        settings.SearchPath = "shacache";
        settings.MaxPoolSize = PoolSize;
        settings.ApplicationName ??= "shacache";

        // The connection of a statement that was not answered is given up at once: waiting for its cancellation would take longer.
        settings.CommandTimeout = 12;
        settings.CancellationTimeout = -1;

        // Others may need them.
        settings.ConnectionIdleLifetime = 10;
        settings.ConnectionPruningInterval = 2;
        settings.MaxAutoPrepare = 128;
        settings.AutoPrepareMinUsages = 2;
        settings.NoResetOnClose = true;
        settings.HostRecheckSeconds = 1;

        // A Unix socket refuses them.
        if (Address.IsRemote)
        {
            settings.TcpKeepAlive = true;
            settings.TcpKeepAliveTime = 10;
            settings.TcpKeepAliveInterval = 5;
        }

        if (!settings.ContainsKey("Timeout"))
            settings.Timeout = 4;

        // What a node leaves behind when it dies or hangs is not to stop the others: the server ends it.
        settings.Options =
            "-c statement_timeout=15000 -c lock_timeout=10000 -c idle_in_transaction_session_timeout=30000 " +
            $"-c tcp_keepalives_idle=10 -c tcp_keepalives_interval=5 -c tcp_keepalives_count=3 {settings.Options}";
        var builder = new NpgsqlSlimDataSourceBuilder(settings.ConnectionString);
        builder.EnableArrays();
        builder.EnableTransportSecurity();
        if (PasswordFile is { } file)
        {
            builder.UsePasswordProvider(
                _ => File.ReadAllText(file).TrimEnd('\r', '\n'), async (_, cancellationToken) => (await File.ReadAllTextAsync(file, cancellationToken).ConfigureAwait(false)).TrimEnd('\r', '\n'));
        }

        return Address.Target is { } target ? builder.BuildMultiHost().WithTargetSession(target) : builder.Build();
    }
}
