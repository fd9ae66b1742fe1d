using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Shacache.Cli.Running;
using Shacache.Testing;

namespace Shacache.Cli.Commands;

/// <summary>The sources of several packages, as a build fetches them: from a web server that goes away, and with one wrong byte in the cache.</summary>
public sealed class SourcePackagesTests(CacheSite site) : IAsyncLifetime
{
    private const int Packages = 5;

    private readonly TemporaryFolder _folder = new();
    private readonly OriginSite _origin = new();
    private readonly Dictionary<string, byte[]> _files = [];

    public async ValueTask InitializeAsync()
    {
        await _origin.StartAsync(TestContext.Current.CancellationToken);
        var list = new List<string>();
        for (int i = 0; i < Packages; i++)
        {
            byte[] original = Content.Random(400_000 + (300_000 * i)), debian = Content.Random(20_000 + i);
            Add($"pkg{i}_1.{i}+dfsg~rc1.orig.tar.xz", original);
            Add($"pkg{i}_1.{i}+dfsg~rc1-2.debian.tar.xz", debian);
            Add($"pkg{i}_1.{i}+dfsg~rc1-2.dsc", Encoding.UTF8.GetBytes(
                $"Format: 3.0 (quilt)\nSource: pkg{i}\nVersion: 1.{i}+dfsg~rc1-2\nChecksums-Sha256:\n {Sha256(original)} {original.Length} pkg{i}_1.{i}+dfsg~rc1.orig.tar.xz\n"));
        }

        await File.WriteAllLinesAsync(_folder["list"], list, TestContext.Current.CancellationToken);

        void Add(string name, byte[] content)
        {
            _files[name] = content;
            list.Add($"{_origin.Publish($"pool/main/p/{name}", content)} sha256={Sha256(content)}");
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _origin.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task Fetch_OriginIsSwitchedOffAndOneByteIsWrong_AllButThatOneComeAsTheyWere()
    {
        await AssertAllFromAsync("origin", "build-machine");
        Assert.Equal(_files.Count, _origin.RequestCount);
        await _origin.SwitchOffAsync();
        await AssertAllFromAsync("cache", "second-machine");

        const string Damaged = "pkg3_1.3+dfsg~rc1.orig.tar.xz";
        FlipByte(site.StoredFile(Convert.ToHexStringLower(SHA512.HashData(_files[Damaged]))));
        ProgramResult result = await FetchAsync("third-machine");

        Assert.Equal(1, result.ExitCode);
        Assert.Contains(Damaged, result.Error, StringComparison.Ordinal);
        Assert.EndsWith($"shacache: 1 of {_files.Count} files could not be fetched.\n", result.Error, StringComparison.Ordinal);
        AssertFiles("third-machine", _files.Keys.Where(name => name != Damaged));
    }

    [Fact]
    public async Task Fetch_OneByteIsWrongAndTheOriginIsThere_AllComeAsTheyWere()
    {
        await AssertAllFromAsync("origin", "build-machine");
        const string Damaged = "pkg1_1.1+dfsg~rc1-2.debian.tar.xz";
        FlipByte(site.StoredFile(Convert.ToHexStringLower(SHA512.HashData(_files[Damaged]))));

        ProgramResult result = await FetchAsync("second-machine");

        Assert.Equal(0, result.ExitCode);
        JsonElement[] fromOrigin = [.. JsonFiles(result).Where(file => file.GetProperty("source").GetString() == "origin")];
        Assert.EndsWith(Damaged, Assert.Single(fromOrigin).GetProperty("url").GetString(), StringComparison.Ordinal);
        AssertFiles("second-machine", _files.Keys);
    }

    private async Task AssertAllFromAsync(string source, string machine)
    {
        ProgramResult result = (await FetchAsync(machine)).AssertDone();
        Assert.All(JsonFiles(result), file => Assert.Equal(source, file.GetProperty("source").GetString()));
        AssertFiles(machine, _files.Keys);
    }

    /// <summary>Exactly these are there, whole.</summary>
    private void AssertFiles(string machine, IEnumerable<string> names)
    {
        string[] expected = [.. names.Order(StringComparer.Ordinal)];
        Assert.Equal(expected, Directory.GetFileSystemEntries(_folder[machine]).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.All(expected, name => Assert.Equal(_files[name], File.ReadAllBytes(_folder[machine, name])));
    }

    private Task<ProgramResult> FetchAsync(string machine)
    {
        Directory.CreateDirectory(_folder[machine]);
        return ShacacheProgram.RunAsync(_folder.Path, "fetch", "-c", site.Config, "--from-file", "list", "--directory", machine, "--json");
    }

    private static JsonElement[] JsonFiles(ProgramResult result) =>
        [.. JsonDocument.Parse(result.Output).RootElement.GetProperty("files").EnumerateArray()];

    private static void FlipByte(string path)
    {
        byte[] content = File.ReadAllBytes(path);
        content[content.Length / 2] ^= 1;
        // The server's files cannot be written, only replaced.
        File.Delete(path);
        File.WriteAllBytes(path, content);
    }

    private static string Sha256(byte[] content) => Convert.ToHexStringLower(SHA256.HashData(content));
}
