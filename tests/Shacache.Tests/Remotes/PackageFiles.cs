using System.Formats.Tar;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

namespace Shacache.Tests.Remotes;

/// <summary>Small packages of each tool, published as its index has them. Each needs the next one.</summary>
internal static class PackageFiles
{
    public const int Count = 20;

    /// <summary>The module that go calls <c>part0</c>: with a capital, which paths know in another way.</summary>
    public const string ModuleRoot = "example.test/Parts/";

    public static string NameOf(int number) => $"part{number}";

    /// <summary>A sparse index of crates.</summary>
    public static void AddCrates(this PackageOrigin origin)
    {
        origin.Publish("/index/config.json", "application/json", $"{{\"dl\":\"{origin.Url}/crates/{{crate}}-{{version}}.crate\",\"api\":\"{origin.Url}\"}}");
        for (int number = 0; number < Count; number++)
        {
            string name = NameOf(number);
            bool hasNext = number + 1 < Count;
            string manifest = $"[package]\nname = \"{name}\"\nversion = \"1.0.0\"\nedition = \"2018\"\n{(hasNext ? $"[dependencies]\n{NameOf(number + 1)} = \"1\"\n" : "")}";
            byte[] crate = MakeTarball(($"{name}-1.0.0/Cargo.toml", manifest), ($"{name}-1.0.0/src/lib.rs", $"pub const NUMBER: u32 = {number};\n"));
            var dependencies = new JsonArray();
            if (hasNext)
            {
                dependencies.Add((JsonNode)new JsonObject
                {
                    ["name"] = NameOf(number + 1),
                    ["req"] = "^1",
                    ["features"] = new JsonArray(),
                    ["optional"] = false,
                    ["default_features"] = true,
                    ["target"] = null,
                    ["kind"] = "normal",
                });
            }

            var line = new JsonObject
            {
                ["name"] = name,
                ["vers"] = "1.0.0",
                ["deps"] = dependencies,
                ["cksum"] = Convert.ToHexStringLower(SHA256.HashData(crate)),
                ["features"] = new JsonObject(),
                ["yanked"] = false,
            };
            origin.Publish($"/index/{name[..2]}/{name[2..4]}/{name}", "text/plain", $"{line.ToJsonString()}\n");
            origin.Publish($"/crates/{name}-1.0.0.crate", "application/gzip", crate);
        }
    }

    /// <summary>A module proxy.</summary>
    public static void AddModules(this PackageOrigin origin)
    {
        for (int number = 0; number < Count; number++)
        {
            string name = $"{ModuleRoot}{NameOf(number)}";
            string next = $"{ModuleRoot}{NameOf(number + 1)}";
            bool hasNext = number + 1 < Count;
            string dependencies = $"module {name}\n\ngo 1.16\n{(hasNext ? $"\nrequire {next} v1.0.0\n" : "")}";
            string source = hasNext
                ? $"package part\n\nimport next \"{next}\"\n\nfunc Names() string {{ return \"{NameOf(number)} \" + next.Names() }}\n"
                : $"package part\n\nfunc Names() string {{ return \"{NameOf(number)}\" }}\n";
            string path = $"/go/{name.Replace("P", "!p", StringComparison.Ordinal)}/@v";
            origin.Publish($"{path}/list", "text/plain", "v1.0.0\n");
            origin.Publish($"{path}/v1.0.0.info", "application/json", "{\"Version\":\"v1.0.0\",\"Time\":\"2024-01-01T00:00:00Z\"}");
            origin.Publish($"{path}/v1.0.0.mod", "text/plain", dependencies);
            origin.Publish($"{path}/v1.0.0.zip", "application/zip", MakeZip(($"{name}@v1.0.0/go.mod", dependencies), ($"{name}@v1.0.0/part.go", source)));
        }
    }

    /// <summary>A NuGet server.</summary>
    public static void AddNuGet(this PackageOrigin origin)
    {
        origin.Publish("/v3/index.json", "application/json", new JsonObject
        {
            ["version"] = "3.0.0",
            ["resources"] = new JsonArray(
                new JsonObject { ["@id"] = $"{origin.Url}/search", ["@type"] = "SearchQueryService" },
                new JsonObject { ["@id"] = $"{origin.Url}/content/", ["@type"] = "PackageBaseAddress/3.0.0" }),
        }.ToJsonString());
        for (int number = 0; number < Count; number++)
        {
            string name = NameOf(number);
            string dependency = number + 1 < Count ? $"<dependency id=\"{NameOf(number + 1)}\" version=\"1.0.0\" />" : "";
            string description = $"<?xml version=\"1.0\"?><package xmlns=\"http://schemas.microsoft.com/packaging/2013/05/nuspec.xsd\"><metadata><id>{name}</id><version>1.0.0</version><authors>test</authors>" +
                $"<description>test</description><dependencies><group targetFramework=\".NETStandard2.0\">{dependency}</group></dependencies></metadata></package>";
            origin.Publish($"/content/{name}/index.json", "application/json", "{\"versions\":[\"1.0.0\"]}");
            origin.Publish($"/content/{name}/1.0.0/{name}.1.0.0.nupkg", "application/octet-stream", MakeZip(($"{name}.nuspec", description), ("lib/netstandard2.0/_._", "")));
        }
    }

    /// <summary>A repository of Maven.</summary>
    public static void AddArtifacts(this PackageOrigin origin)
    {
        // Maven adds it to whatever extends a build.
        AddWithChecksum(origin, "/maven/org/codehaus/plexus/plexus-utils/1.1/plexus-utils-1.1.jar", MakeZip(("META-INF/MANIFEST.MF", "Manifest-Version: 1.0\n")));
        for (int number = 0; number < Count; number++)
        {
            string name = NameOf(number);

            // One is named by a range, so that the list of its versions is asked for; and one is a snapshot.
            string version = number == 5 ? "1.0-SNAPSHOT" : "1.0";
            string file = number == 5 ? "1.0-20240101.000000-1" : version;
            string range = number + 1 == 3 ? "[1.0,2.0)" : number + 1 == 5 ? "1.0-SNAPSHOT" : "1.0";
            string dependency = number + 1 < Count ? $"<dependencies><dependency><groupId>test.parts</groupId><artifactId>{NameOf(number + 1)}</artifactId><version>{range}</version></dependency></dependencies>" : "";
            string project = $"<project><modelVersion>4.0.0</modelVersion><groupId>test.parts</groupId><artifactId>{name}</artifactId><version>{version}</version>{dependency}</project>";
            string folder = $"/maven/test/parts/{name}";
            AddWithChecksum(origin, $"{folder}/{version}/{name}-{file}.pom", Encoding.UTF8.GetBytes(project));
            AddWithChecksum(origin, $"{folder}/{version}/{name}-{file}.jar", MakeZip(("META-INF/MANIFEST.MF", "Manifest-Version: 1.0\n"), ($"{name}.txt", name)));
            AddWithChecksum(origin, $"{folder}/maven-metadata.xml", Encoding.UTF8.GetBytes(
                $"<metadata><groupId>test.parts</groupId><artifactId>{name}</artifactId><versioning><latest>{version}</latest><versions><version>{version}</version></versions></versioning></metadata>"));
            if (number == 5)
            {
                AddWithChecksum(origin, $"{folder}/{version}/maven-metadata.xml", Encoding.UTF8.GetBytes(
                    $"<metadata><groupId>test.parts</groupId><artifactId>{name}</artifactId><version>{version}</version><versioning><snapshot><timestamp>20240101.000000</timestamp><buildNumber>1</buildNumber></snapshot>" +
                    "<lastUpdated>20240101000000</lastUpdated></versioning></metadata>"));
            }
        }
    }

    private static void AddWithChecksum(PackageOrigin origin, string path, byte[] content)
    {
        origin.Publish(path, "application/octet-stream", content);
#pragma warning disable CA5350 // What repositories have.
        origin.Publish($"{path}.sha1", "text/plain", Convert.ToHexStringLower(SHA1.HashData(content)));
#pragma warning restore CA5350
    }

    private static byte[] MakeZip(params (string Path, string Text)[] files)
    {
        using var content = new MemoryStream();
        using (var zip = new ZipArchive(content, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach ((string path, string text) in files)
            {
                using Stream entry = zip.CreateEntry(path).Open();
                entry.Write(Encoding.UTF8.GetBytes(text));
            }
        }

        return content.ToArray();
    }

    private static byte[] MakeTarball(params (string Path, string Text)[] files)
    {
        using var content = new MemoryStream();
        using (var gzip = new GZipStream(content, CompressionLevel.Fastest, leaveOpen: true))
        using (var tar = new TarWriter(gzip, TarEntryFormat.Ustar))
        {
            foreach ((string path, string text) in files)
                tar.WriteEntry(new UstarTarEntry(TarEntryType.RegularFile, path) { DataStream = new MemoryStream(Encoding.UTF8.GetBytes(text)) });
        }

        return content.ToArray();
    }
}
