using Shacache.Core;
using Shacache.Testing;
using Shacache.Testing.PostgreSql;

namespace Shacache.Database.PostgreSql.Tests;

/// <summary>A database of its own on the server that the tests share.</summary>
internal sealed class PostgreSqlTestDatabase : TestDatabase
{
    private PostgreSqlServer? _server;
    private PostgreSqlDatabase? _database;
    private string? _name;

    public override IDatabase Database => _database!;

    /// <summary>Another node on the same database.</summary>
    public PostgreSqlDatabase OpenNode(TimeProvider time) => new(Options(_server!.UriOf(_name!)), time);

    /// <summary>Asks PostgreSQL itself.</summary>
    public Task<string> RunSqlAsync(string sql) => _server!.RunSqlAsync(_name!, sql);

    public override async ValueTask OpenAsync(TimeProvider time)
    {
        PostgreSqlServer.Require();
        _server ??= await PostgreSqlServer.Shared;
        _name ??= await _server.CreateDatabaseAsync();
        _database = OpenNode(time);
    }

    public override async ValueTask CloseAsync()
    {
        if (_database is not null)
            await _database.DisposeAsync();
    }

    protected override void Remove()
    {
        if (_name is not null)
            _server!.DropDatabaseAsync(_name).GetAwaiter().GetResult();
    }

    /// <summary>Few connections: many tests run at once.</summary>
    internal static PostgreSqlOptions Options(string uri) =>
        PostgreSqlAddress.TryParse(uri, out PostgreSqlAddress? address, out string? problem)
            ? new PostgreSqlOptions(address) { PoolSize = 8 }
            : throw new ArgumentException(problem, nameof(uri));
}
