using System.Formats.Tar;
using System.Globalization;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Shacache.Benchmarks.Servers;

namespace Shacache.Benchmarks.Packages;

/// <summary>A project whose lock file names many small packages, and the registry that has them: files below two folders of an nginx.</summary>
internal sealed class NpmProject
{
    public const int Packages = 500;

    /// <summary>Archives at the paths of a registry: enough for <c>npm ci</c>.</summary>
    private const string ArchivePath = "npm/";

    /// <summary>Packuments, which name those archives: for a server that is one between npm and the registry.</summary>
    private const string IndexPath = "index/";

    /// <summary>npm puts the registry of its configuration in the place of this one.</summary>
    private const string LockedRegistry = "https://registry.npmjs.org/";

    private const int ScriptBytes = 6000;

    private readonly Nginx _nginx;
    private readonly JsonObject _dependencies = [];
    private readonly JsonObject _locked = [];

    /// <summary>Makes the packages.</summary>
    public NpmProject(Nginx nginx)
    {
        _nginx = nginx;
        Directory.CreateDirectory(nginx.PathOf(IndexPath));
        for (int number = 0; number < Packages; number++)
            Publish($"part{number}", number);
    }

    /// <summary>The registry, for npm itself.</summary>
    public Uri Registry => new(_nginx.Url, ArchivePath);

    /// <summary>The registry, for a server in between.</summary>
    public Uri Origin => new(_nginx.Url, IndexPath);

    /// <summary>The paths of all archives below the URL of a registry.</summary>
    public IReadOnlyList<string> ArchivePaths { get; } = [.. Enumerable.Range(0, Packages).Select(number => PathOf($"part{number}"))];

    /// <summary>Writes the project as it is checked out: without packages.</summary>
    public void Write(string folder)
    {
        var root = new JsonObject { ["name"] = "project", ["version"] = "1.0.0", ["dependencies"] = _dependencies.DeepClone() };
        File.WriteAllText(Path.Combine(folder, "package.json"), root.ToJsonString());
        var packages = (JsonObject)_locked.DeepClone();
        packages.Insert(0, "", root.DeepClone());
        File.WriteAllText(
            Path.Combine(folder, "package-lock.json"),
            new JsonObject { ["name"] = "project", ["version"] = "1.0.0", ["lockfileVersion"] = 3, ["requires"] = true, ["packages"] = packages }.ToJsonString());
    }

    private static string PathOf(string name) => $"{name}/-/{name}-1.0.0.tgz";

    private void Publish(string name, int seed)
    {
        var manifest = new JsonObject { ["name"] = name, ["version"] = "1.0.0", ["main"] = "index.js" };
        byte[] archive = MakeArchive(manifest.ToJsonString(), seed);
        string integrity = $"sha512-{Convert.ToBase64String(SHA512.HashData(archive))}";
        string path = _nginx.PathOf(ArchivePath + PathOf(name));
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, archive);

        manifest["dist"] = new JsonObject { ["tarball"] = new Uri(Registry, PathOf(name)).AbsoluteUri, ["integrity"] = integrity, ["shasum"] = Sha1(archive) };
        var packument = new JsonObject
        {
            ["name"] = name,
            ["dist-tags"] = new JsonObject { ["latest"] = "1.0.0" },
            ["versions"] = new JsonObject { ["1.0.0"] = manifest },
        };
        File.WriteAllText(_nginx.PathOf(IndexPath + name), packument.ToJsonString());
        _dependencies[name] = "1.0.0";
        _locked[$"node_modules/{name}"] = new JsonObject { ["version"] = "1.0.0", ["resolved"] = LockedRegistry + PathOf(name), ["integrity"] = integrity };
    }

#pragma warning disable CA5350 // What registries have beside the integrity.
    private static string Sha1(byte[] content) => Convert.ToHexStringLower(SHA1.HashData(content));
#pragma warning restore CA5350

    /// <summary>Three files that compress to some four kilobytes.</summary>
    private static byte[] MakeArchive(string manifest, int seed)
    {
        byte[] noise = new byte[ScriptBytes / 2];
        new Random(seed).NextBytes(noise);
        string script = string.Create(CultureInfo.InvariantCulture, $"module.exports = '{Convert.ToHexString(noise)}';\n");
        using var content = new MemoryStream();
        using (var gzip = new GZipStream(content, CompressionLevel.Fastest, leaveOpen: true))
        using (var tar = new TarWriter(gzip, TarEntryFormat.Ustar))
        {
            foreach ((string path, string text) in (ReadOnlySpan<(string, string)>)[("package.json", manifest), ("index.js", script), ("README.md", $"# {seed}\n")])
                tar.WriteEntry(new UstarTarEntry(TarEntryType.RegularFile, $"package/{path}") { DataStream = new MemoryStream(Encoding.UTF8.GetBytes(text)) });
        }

        return content.ToArray();
    }
}
