using Shacache.Benchmarks.Servers;
using Shacache.Benchmarks.Session;
using Shacache.Testing.Ceph;
using Shacache.Testing.PostgreSql;

namespace Shacache.Benchmarks.Nodes;

/// <summary>A Ceph with its S3 gateway, whose objects lie on the disk, and a PostgreSQL that flushes, of the run's own.</summary>
internal sealed class NodeEngines : IDisposable
{
    private readonly BenchmarkSession _session;
    private readonly string _credentials;
    private readonly Dictionary<ShacacheServer, string[]> _options = [];
    private CephServer? _ceph;
    private PostgreSqlServer? _database;

    public NodeEngines(BenchmarkSession session)
    {
        _session = session;
        _credentials = session.PathOf("nodes-credentials");
        File.WriteAllText(_credentials, $"[default]\naws_access_key_id = {CephServer.AccessKey}\naws_secret_access_key = {CephServer.SecretKey}\n");
        try
        {
            _ceph = CephServer.StartAsync(session.PathOf("nodes-ceph")).GetAwaiter().GetResult();
            _database = PostgreSqlServer.StartAsync("max_connections=200").GetAwaiter().GetResult();
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public CephServer Ceph => _ceph!;

    public PostgreSqlServer Database => _database!;

    /// <summary>Starts a node of each program, each with a part of the bucket and a database of its own.</summary>
    /// <param name="name">Of their data folders.</param>
    /// <param name="prepare">What is done with the URI of a database before its node starts.</param>
    public OurServers StartNodes(string name, Action<string>? prepare = null) => new(_session, program =>
    {
        string database = Database.UriOf(Database.CreateDatabaseAsync().GetAwaiter().GetResult());
        prepare?.Invoke(database);
        string[] options =
        [
            "--content", $"s3://{CephServer.Bucket}/{name}-{program.Name}", "--s3-endpoint", Ceph.Endpoint.ToString(), "--s3-credentials-file", _credentials, "--s3-redirect", "1B",
            "--database", database,
        ];
        ShacacheServer node = ShacacheServer.Start(program, OurServers.DataFolder(_session, name, program), _session.CancellationToken, options);
        _options[node] = options;
        return node;
    });

    /// <summary>Starts another node of the same program on the same content and database.</summary>
    public ShacacheServer StartBeside(ShacacheServer node, string dataFolder) =>
        ShacacheServer.Start(node.Program, dataFolder, _session.CancellationToken, _options[node]);

    public void Dispose()
    {
        _ceph?.DisposeAsync().AsTask().GetAwaiter().GetResult();
        _database?.DisposeAsync().AsTask().GetAwaiter().GetResult();
        (_ceph, _database) = (null, null);
    }
}
