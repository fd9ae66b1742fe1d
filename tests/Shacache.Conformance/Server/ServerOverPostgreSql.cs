using Shacache.Testing.PostgreSql;

namespace Shacache.Conformance.Server;

/// <summary>The server that tests share, with all but content in PostgreSQL.</summary>
public sealed class ServerOverPostgreSql() : ServerUnderTest([])
{
    /// <summary>Itself; skips the test when there is no PostgreSQL, or the server was not started by the suite.</summary>
    internal ServerUnderTest Own
    {
        get
        {
            PostgreSqlServer.Require();
            return Process is not null ? this : throw new InvalidOperationException();
        }
    }

    /// <inheritdoc/>
    public override async ValueTask InitializeAsync()
    {
        if (!PostgreSqlServer.IsInstalled || !string.IsNullOrEmpty(Environment.GetEnvironmentVariable("CONFORMANCE_CACHE_URL")))
            return;
        PostgreSqlServer database = await PostgreSqlServer.Shared;
        Settings = [("SHACACHE_DATABASE", database.UriOf(await database.CreateDatabaseAsync()))];
        await base.InitializeAsync();
    }
}

/// <summary>The tests that share <see cref="ServerOverPostgreSql"/>: it is started when one of them runs.</summary>
[CollectionDefinition]
public sealed class ServerOverPostgreSqlCollection : ICollectionFixture<ServerOverPostgreSql>;
