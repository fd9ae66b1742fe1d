using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Shacache.Cli.Running;
using Shacache.Testing;

namespace Shacache.Cli.Commands;

/// <summary><c>shacache binary check</c> of folders and of what was published, with the program as its users run it.</summary>
public sealed class BinaryCheckCommandTests(CacheSite site) : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    // No other test has published it.
    private readonly string _url = $"https://example.org/{Guid.NewGuid():N}/software.cfg";

    private string Key
    {
        get
        {
#pragma warning disable CA5351 // It names a software release.
            return Convert.ToHexStringLower(MD5.HashData(Encoding.UTF8.GetBytes(_url)));
#pragma warning restore CA5351
        }
    }

    private string Built => Path.Combine(_folder["build"], Key);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Check_FolderOfTexts_WouldMoveAnywhere()
    {
        Build("text");

        ProgramResult result = (await CheckAsync(Built, "--root", "/srv/" + new string('x', 300))).AssertDone();

        Assert.Contains("Would move:   yes, to /srv/xxx", result.Text, StringComparison.Ordinal);
        Assert.Contains("Longest root: any\n", result.Text, StringComparison.Ordinal);
        Assert.Contains("Path in:      1 files (1 texts), 1 places in use, 0 not\n", result.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Check_DataWithoutRoom_Is3ForALongerRootAndNamesFileAndComponent()
    {
        Build("data");
        int room = _folder["build"].Length;

        (await CheckAsync(Built)).AssertDone();
        ProgramResult longer = await CheckAsync(Built, "--root", "/" + new string('x', room), "--json");

        Assert.Equal(3, longer.ExitCode);
        JsonElement report = JsonDocument.Parse(longer.Output).RootElement;
        Assert.Equal((false, room), (report.GetProperty("would_move").GetBoolean(), report.GetProperty("longest_root").GetInt32()));
        JsonElement obstacle = Assert.Single(report.GetProperty("obstacles").EnumerateArray());
        Assert.Equal(("parts/one/table", "one"), (obstacle.GetProperty("file").GetString(), obstacle.GetProperty("component").GetString()));
        Assert.Contains($"has room for a root of {room} bytes", obstacle.GetProperty("reason").GetString(), StringComparison.Ordinal);
        Assert.NotNull(obstacle.GetProperty("remedy").GetString());
    }

    [Fact]
    public async Task Check_Database_CannotMove()
    {
        Build("database");
        ProgramResult result = await CheckAsync(Built);
        Assert.Equal(3, result.ExitCode);
        Assert.Contains("Longest root: none, it cannot be moved\n", result.Text, StringComparison.Ordinal);
        Assert.Contains("it is in a SQLite database -> let it be made when the release is used", result.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Check_PublishedUrl_SaysWhatWasSaidOfTheFolder()
    {
        Build("data");
        (await RunAsync("publish", "-c", site.Config, "--root", _folder["build"], _url)).AssertDone();
        string ofFolder = (await CheckAsync(Built, "--json")).AssertDone().Text;
        Directory.Delete(_folder["build"], recursive: true);

        string ofUrl = (await CheckAsync("-c", site.Config, "--json", _url)).AssertDone().Text;

        Assert.Equal(ofFolder, ofUrl);
    }

    [Fact]
    public async Task Check_UrlThatNobodyPublished_Is3() =>
        (await CheckAsync("-c", site.Config, _url)).AssertFails(3, $"shacache: no trusted entry of {_url} has a relocation map: it was published by a program that makes none.");

    [Fact]
    public async Task Check_FolderThatIsNoRelease_IsUsage() =>
        (await CheckAsync("/usr/bin")).AssertFails(2, "shacache: '/usr/bin' is not the folder of a release: its name is not the MD5 of a URL.\nTry 'shacache binary check --help'.");

    private void Build(string what)
    {
        Directory.CreateDirectory(Path.Combine(Built, "parts/one"));
        byte[] path = Encoding.UTF8.GetBytes(Built);
        File.WriteAllBytes(Path.Combine(Built, "parts/one/table"), what switch
        {
            "text" => [.. "see "u8, .. path, (byte)'\n'],
            "database" => [.. "SQLite format 3\0"u8, .. path, 0],
            _ => [1, 0, .. path, 0],
        });
    }

    private Task<ProgramResult> CheckAsync(params string[] arguments) => RunAsync(["check", .. arguments]);

    private Task<ProgramResult> RunAsync(params string[] arguments) => ShacacheProgram.RunAsync(_folder.Path, ["binary", .. arguments]);
}
