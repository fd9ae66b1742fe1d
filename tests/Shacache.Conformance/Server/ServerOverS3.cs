using Shacache.Testing.Ceph;
using Shacache.Testing.PostgreSql;

namespace Shacache.Conformance.Server;

/// <summary>The server that tests share, with everything elsewhere: content in S3, all else in PostgreSQL.</summary>
public sealed class ServerOverS3() : ServerUnderTest([])
{
    /// <summary>Itself; skips the test when there is no Ceph or PostgreSQL, or the server was not started by the suite.</summary>
    internal ServerUnderTest Own
    {
        get
        {
            PostgreSqlServer.Require();
            CephServer.Require();
            return Process is not null ? this : throw new InvalidOperationException();
        }
    }

    /// <inheritdoc/>
    public override async ValueTask InitializeAsync()
    {
        if (!PostgreSqlServer.IsInstalled || !CephServer.IsInstalled || !string.IsNullOrEmpty(Environment.GetEnvironmentVariable("CONFORMANCE_CACHE_URL")))
            return;
        PostgreSqlServer database = await PostgreSqlServer.Shared;
        CephServer ceph = await CephServer.Shared;
        Settings =
        [
            ("SHACACHE_DATABASE", database.UriOf(await database.CreateDatabaseAsync())), .. ceph.SettingsOf($"s3://{CephServer.Bucket}/conformance"),
        ];
        await base.InitializeAsync();
    }
}

/// <summary>The tests that share <see cref="ServerOverS3"/>: it is started when one of them runs.</summary>
[CollectionDefinition]
public sealed class ServerOverS3Collection : ICollectionFixture<ServerOverS3>;
