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
    private const int Pieces = 10;

    private readonly WebApplication _application;
    private readonly ConcurrentDictionary<string, (string Type, byte[] Content)> _files = new(StringComparer.Ordinal);
    private bool _isOff;
    private string? _brokenPath;
    private bool _isSilent;

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

    /// <summary>How long it waits before each answer, which it then sends in small pieces; zero: it answers at once.</summary>
    public TimeSpan Delay { get; set; }

    /// <summary>From now on sends only half of a file.</summary>
    /// <param name="path">Its path.</param>
    /// <param name="isSilent">Whether the connection stays open then.</param>
    /// <returns>What is sent, and the whole.</returns>
    public byte[][] BreakOff(string path, bool isSilent = false)
    {
        (_brokenPath, _isSilent) = (path, isSilent);
        byte[] content = _files[path].Content;
        return [content[..(content.Length / 2)], content];
    }

    /// <summary>From now on sends all files whole.</summary>
    public void Mend() => _brokenPath = null;

    /// <summary>Takes a path away.</summary>
    public void Remove(string path) => _files.TryRemove(path, out _);

    /// <summary>Publishes a wheel and its page.</summary>
    /// <param name="name">The package.</param>
    /// <param name="dependencies">Packages that it needs.</param>
    /// <param name="isHtml">The form of the page.</param>
    /// <param name="script">What it has besides its name, in Python.</param>
    /// <param name="entryPoints">What other programs find in it.</param>
    public void AddWheel(string name, string[] dependencies, bool isHtml, string script = "", string entryPoints = "")
    {
        byte[] metadata = Encoding.UTF8.GetBytes($"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n{string.Concat(dependencies.Select(needed => $"Requires-Dist: {needed}\n"))}");
        byte[] wheel = MakeWheel(name, metadata, script, entryPoints);
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

    private static byte[] MakeWheel(string name, byte[] metadata, string script, string entryPoints)
    {
        using var content = new MemoryStream();
        using (var zip = new ZipArchive(content, ZipArchiveMode.Create, leaveOpen: true))
        {
            Add($"{name}.py", Encoding.UTF8.GetBytes($"NAME = '{name}'\n{script}"));
            Add($"{name}-1.0.dist-info/METADATA", metadata);
            Add($"{name}-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"u8.ToArray());
            Add($"{name}-1.0.dist-info/entry_points.txt", Encoding.UTF8.GetBytes(entryPoints));
            string[] paths = [$"{name}.py", .. ((string[])["METADATA", "WHEEL", "entry_points.txt", "RECORD"]).Select(file => $"{name}-1.0.dist-info/{file}")];
            Add($"{name}-1.0.dist-info/RECORD", Encoding.UTF8.GetBytes(string.Concat(paths.Select(path => $"{path},,\n"))));

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

    private async Task SendAsync(HttpContext context, ReadOnlyMemory<byte> content, bool isWhole)
    {
        int pieceBytes = Delay == TimeSpan.Zero ? content.Length : Math.Max(1, content.Length / Pieces);
        for (int at = 0; at < content.Length; at += pieceBytes)
        {
            await context.Response.Body.WriteAsync(content.Slice(at, Math.Min(pieceBytes, content.Length - at)), context.RequestAborted);
            await Task.Delay(Delay / (Pieces * Pieces), context.RequestAborted);
        }

        if (isWhole)
            return;
        if (_isSilent)
            await Task.Delay(Timeout.Infinite, context.RequestAborted);
        context.Abort();
    }

    private async Task ServeAsync(HttpContext context)
    {
        string path = context.Features.Get<Microsoft.AspNetCore.Http.Features.IHttpRequestFeature>()!.RawTarget;
        Requests.Enqueue((path, context.Request.Headers.UserAgent.ToString()));
        OnRequest?.Invoke(path);
        await Task.Delay(Delay, context.RequestAborted);
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
            await SendAsync(context, path == _brokenPath ? file.Content.AsMemory(0, file.Content.Length / 2) : file.Content, isWhole: path != _brokenPath);
    }
}
