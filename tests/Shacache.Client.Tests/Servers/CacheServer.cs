using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Shacache.Blobs.FileSystem;
using Shacache.Database.Sqlite;
using Shacache.Http;
using Shacache.Testing;

namespace Shacache.Client.Tests.Servers;

/// <summary>The real server over the real embedded stores, in this process, on a free port.</summary>
internal sealed class CacheServer : IAsyncDisposable
{
    private readonly TemporaryFolder _folder;
    private readonly FileSystemBlobStore _blobs;
    private readonly SqliteDatabase _database;
    private readonly WebApplication _application;

    private CacheServer(FileSystemBlobStore blobs, SqliteDatabase database, TemporaryFolder folder)
    {
        _folder = folder;
        _blobs = blobs;
        _database = database;
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(IPAddress.Loopback, 0);
            kestrel.Limits.MaxRequestBodySize = null;
        });
        builder.Services.AddLogging();
        builder.Services.AddShacache(blobs, database, new CacheServerOptions());
        _application = builder.Build();
        _application.RunShacache();
    }

    public string Url { get; private set; } = "";

    public static async Task<CacheServer> StartAsync(CancellationToken cancellationToken)
    {
        var folder = new TemporaryFolder();
        var server = new CacheServer(
            FileSystemBlobStore.Open(new FileSystemBlobOptions { DataFolder = folder.Path }),
            await SqliteDatabase.OpenAsync(folder["shacache.db"], TimeProvider.System, cancellationToken), folder);
        await server._application.StartAsync(cancellationToken);
        server.Url = server._application.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();
        return server;
    }

    /// <summary>Where the server keeps a content.</summary>
    public string StoredFile(string digest) => _folder["blobs", digest[..2], digest];

    public async ValueTask DisposeAsync()
    {
        await _application.DisposeAsync();
        await _database.DisposeAsync();
        _blobs.Dispose();
        _folder.Dispose();
    }
}
