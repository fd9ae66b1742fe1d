using Shacache.Testing.Ceph;
using Shacache.Testing.PostgreSql;

namespace Shacache.Conformance.Server;

/// <summary>Where the servers that a test starts itself keep what they are given.</summary>
internal abstract class ServerStores
{
    /// <summary>In their data folder.</summary>
    public static ServerStores Embedded { get; } = new InDataFolder();

    /// <summary>Content in S3, all else in PostgreSQL; the data folder has a tier of it. Without Ceph or PostgreSQL the test is skipped.</summary>
    public static ServerStores Elsewhere { get; } = new InS3AndPostgreSql();

    /// <summary>Whether the data folder is all there is.</summary>
    public bool AreEmbedded => this == Embedded;

    /// <summary>Settings of a server with empty stores of its own; the same ones again are those of its next start.</summary>
    public abstract Task<(string Name, string Value)[]> NewAsync();

    private sealed class InDataFolder : ServerStores
    {
        public override Task<(string Name, string Value)[]> NewAsync() => Task.FromResult<(string, string)[]>([]);
    }

    private sealed class InS3AndPostgreSql : ServerStores
    {
        public override async Task<(string Name, string Value)[]> NewAsync()
        {
            PostgreSqlServer.Require();
            CephServer.Require();
            PostgreSqlServer database = await PostgreSqlServer.Shared;
            CephServer ceph = await CephServer.Shared;
            return
            [
                ("SHACACHE_DATABASE", database.UriOf(await database.CreateDatabaseAsync())),

                // Many servers share the connections of one PostgreSQL.
                ("SHACACHE_DATABASE_POOL_SIZE", "8"),
                .. ceph.SettingsOf($"s3://{CephServer.Bucket}/{Guid.NewGuid():N}"),
            ];
        }
    }
}
