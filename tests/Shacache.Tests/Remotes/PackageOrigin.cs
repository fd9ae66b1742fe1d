using System.Collections.Concurrent;
using System.Formats.Tar;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Shacache.Testing;

namespace Shacache.Tests.Remotes;

/// <summary>An index of packages as its publisher has it: pages and files on a free port, which note who asked.</summary>
internal sealed class PackageOrigin : IAsyncDisposable
{
    private readonly WebApplication _application;
    private readonly ConcurrentDictionary<string, (string Type, byte[] Content)> _files = new(StringComparer.Ordinal);
    private bool _isOff;

    private PackageOrigin(WebApplication application) => _application = application;

    public string Url { get; private set; } = "";

    /// <summary>Path and user agent of each request.</summary>
    public ConcurrentQueue<(string Path, string Agent)> Requests { get; } = new();

    public static async Task<PackageOrigin> StartAsync()
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(OwnLoopback.NewAddress(), 0));
        builder.Services.AddLogging();
        WebApplication application = builder.Build();
        var origin = new PackageOrigin(application);
        application.Run(origin.ServeAsync);
        await application.StartAsync(TestContext.Current.CancellationToken);
        origin.Url = application.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();
        return origin;
    }

    /// <summary>Called with the path of each request before it is answered.</summary>
    public Action<string>? OnRequest { get; set; }

    public void Publish(string path, string type, byte[] content) => _files[path] = (type, content);

    public void Publish(string path, string type, string content) => Publish(path, type, Encoding.UTF8.GetBytes(content));

    /// <summary>Takes a path away.</summary>
    public void Remove(string path) => _files.TryRemove(path, out _);

    /// <summary>Publishes a wheel and its page.</summary>
    /// <param name="name">The package.</param>
    /// <param name="dependencies">Packages that it needs.</param>
    /// <param name="isHtml">The form of the page.</param>
    public void AddWheel(string name, string[] dependencies, bool isHtml)
    {
        byte[] metadata = Encoding.UTF8.GetBytes($"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n{string.Concat(dependencies.Select(needed => $"Requires-Dist: {needed}\n"))}");
        byte[] wheel = MakeWheel(name, metadata);
        string file = $"{name}-1.0-py3-none-any.whl";
        string hash = Convert.ToHexStringLower(SHA256.HashData(wheel));
        string metadataHash = Convert.ToHexStringLower(SHA256.HashData(metadata));
        Publish($"/files/{file}", "application/octet-stream", wheel);
        Publish($"/files/{file}.metadata", "application/octet-stream", metadata);
        if (isHtml)
        {
            Publish(
                $"/simple/{name}/", "text/html",
                $"<!DOCTYPE html><html><body><a href=\"../../files/{file}#sha256={hash}\" data-requires-python=\"&gt;=3.0\" data-core-metadata=\"sha256={metadataHash}\">{file}</a></body></html>");
            return;
        }

        Publish($"/simple/{name}/", "application/vnd.pypi.simple.v1+json", new JsonObject
        {
            ["meta"] = new JsonObject { ["api-version"] = "1.1" },
            ["name"] = name,
            ["versions"] = new JsonArray("1.0"),
            ["files"] = new JsonArray(new JsonObject
            {
                ["filename"] = file,
                ["url"] = $"{Url}/files/{file}",
                ["hashes"] = new JsonObject { ["sha256"] = hash },
                ["core-metadata"] = new JsonObject { ["sha256"] = metadataHash },
                ["requires-python"] = ">=3.0",
                ["size"] = wheel.Length,
            }),
        }.ToJsonString());
    }

    /// <summary>Publishes an archive of npm and its packument.</summary>
    /// <param name="name">The package, with its scope if it has one.</param>
    /// <param name="dependencies">Packages that it needs.</param>
    public void AddNpm(string name, string[] dependencies)
    {
        var needed = new JsonObject();
        foreach (string dependency in dependencies)
            needed[dependency] = "^1.0.0";
        var package = new JsonObject { ["name"] = name, ["version"] = "1.0.0", ["main"] = "index.js", ["dependencies"] = needed };
        byte[] archive = MakeTarball(package.ToJsonString(), $"module.exports = {{ name: '{name}' }};\n");
        string file = $"{name[(name.IndexOf('/', StringComparison.Ordinal) + 1)..]}-1.0.0.tgz";
        Publish($"/{name}/-/{file}", "application/octet-stream", archive);
        var version = (JsonObject)package.DeepClone();
        version["dist"] = new JsonObject
        {
            ["tarball"] = $"{Url}/{name}/-/{file}",
            ["integrity"] = $"sha512-{Convert.ToBase64String(SHA512.HashData(archive))}",
        };
        Publish($"/{name.Replace("/", "%2f", StringComparison.Ordinal)}", "application/json", new JsonObject
        {
            ["name"] = name,
            ["dist-tags"] = new JsonObject { ["latest"] = "1.0.0" },
            ["versions"] = new JsonObject { ["1.0.0"] = version },
        }.ToJsonString());
    }

    /// <summary>From now on nothing listens on its port.</summary>
    public async Task SwitchOffAsync()
    {
        if (_isOff)
            return;
        _isOff = true;
        await _application.StopAsync();
        await _application.DisposeAsync();
    }

    public async ValueTask DisposeAsync() => await SwitchOffAsync();

    private static byte[] MakeWheel(string name, byte[] metadata)
    {
        using var content = new MemoryStream();
        using (var zip = new ZipArchive(content, ZipArchiveMode.Create, leaveOpen: true))
        {
            Add($"{name}.py", Encoding.UTF8.GetBytes($"NAME = '{name}'\n"));
            Add($"{name}-1.0.dist-info/METADATA", metadata);
            Add($"{name}-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"u8.ToArray());
            Add($"{name}-1.0.dist-info/RECORD", Encoding.UTF8.GetBytes($"{name}.py,,\n{name}-1.0.dist-info/METADATA,,\n{name}-1.0.dist-info/WHEEL,,\n{name}-1.0.dist-info/RECORD,,\n"));

            void Add(string path, byte[] bytes)
            {
                using Stream entry = zip.CreateEntry(path).Open();
                entry.Write(bytes);
            }
        }

        return content.ToArray();
    }

    private static byte[] MakeTarball(string manifest, string script)
    {
        using var content = new MemoryStream();
        using (var gzip = new GZipStream(content, CompressionLevel.Fastest, leaveOpen: true))
        using (var tar = new TarWriter(gzip, TarEntryFormat.Ustar))
        {
            foreach ((string path, string text) in ((string, string)[])[("package/package.json", manifest), ("package/index.js", script)])
                tar.WriteEntry(new UstarTarEntry(TarEntryType.RegularFile, path) { DataStream = new MemoryStream(Encoding.UTF8.GetBytes(text)) });
        }

        return content.ToArray();
    }

    private async Task ServeAsync(HttpContext context)
    {
        string path = context.Features.Get<Microsoft.AspNetCore.Http.Features.IHttpRequestFeature>()!.RawTarget;
        Requests.Enqueue((path, context.Request.Headers.UserAgent.ToString()));
        OnRequest?.Invoke(path);
        if (!_files.TryGetValue(path, out (string Type, byte[] Content) file))
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return;
        }

        string tag = $"\"{Convert.ToHexStringLower(SHA256.HashData(file.Content))[..16]}\"";
        context.Response.Headers.ETag = tag;
        if (context.Request.Headers.IfNoneMatch == tag)
        {
            context.Response.StatusCode = StatusCodes.Status304NotModified;
            return;
        }

        context.Response.ContentType = file.Type;
        context.Response.ContentLength = file.Content.Length;
        if (HttpMethods.IsGet(context.Request.Method))
            await context.Response.Body.WriteAsync(file.Content, context.RequestAborted);
    }
}
