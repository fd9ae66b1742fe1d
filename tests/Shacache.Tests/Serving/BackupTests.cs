using System.Net;
using System.Text;
using Shacache.Core.Blobs;
using Shacache.Testing;

namespace Shacache.Tests.Serving;

/// <summary>Backup and restore, by the commands of docs/operating.md as they stand there.</summary>
public sealed class BackupTests : IDisposable
{
    private static readonly HttpClient Http = new();

    private readonly TemporaryFolder _folder = new();
    private readonly byte[] _content = [.. Enumerable.Range(0, 300_000).Select(i => (byte)(i * 31))];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private Digest Name => Digest.Compute(_content);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task BackupOfARunningServer_Restored_HasEntriesAndContent()
    {
        (string[] backup, string[] restore) = ReadCommands();
        string data = _folder["data"];
        using (ServerProcess server = await ServeAsync(data))
        {
            await FillAsync(server);
            foreach (string command in backup.Concat(backup))
                await RunAsync(command);
        }

        Directory.Delete(data, recursive: true);
        foreach (string command in restore)
            await RunAsync(command);
        using ServerProcess restored = await ServeAsync(data);
        Assert.Contains(Name.ToString(), await Http.GetStringAsync(new Uri(restored.Url, "/shadir/key"), Token), StringComparison.Ordinal);
        Assert.Equal(_content, await Http.GetByteArrayAsync(new Uri(restored.Url, $"/shacache/{Name}"), Token));
    }

    [Fact]
    public async Task Reindex_DatabaseUnderAnotherName_Exits1AndSaysWhichName()
    {
        string data = _folder["data"];
        using (ServerProcess server = await ServeAsync(data))
        {
            await FillAsync(server);
            await server.TerminateAsync();
            await server.WaitForExitAsync();
        }

        File.Move(Path.Combine(data, "shacache.sqlite"), Path.Combine(data, "copy.sqlite"));
        (int exitCode, string error) = await ServerProcess.RunAsync("admin", "reindex", "--data", data);

        Assert.Equal(1, exitCode);
        Assert.Contains("has no database shacache.sqlite", error, StringComparison.Ordinal);
        Assert.Contains("If copy.sqlite is a copy of it, give it that name", error, StringComparison.Ordinal);
        Assert.False(File.Exists(Path.Combine(data, "shacache.sqlite")));
        Assert.Equal(0, (await ServerProcess.RunAsync("admin", "reindex", "--data", data, "--without-database")).ExitCode);
    }

    [Fact]
    public async Task Reindex_AnyFolder_Exits1AndLeavesItAlone()
    {
        Directory.CreateDirectory(_folder["photos"]);
        File.WriteAllText(_folder["photos", "one.jpg"], "x");

        (int exitCode, string error) = await ServerProcess.RunAsync("admin", "reindex", "--data", _folder["photos"]);
        (int accountExitCode, string accountError) = await ServerProcess.RunAsync("account", "list", "--data", _folder["photos"]);

        Assert.Equal((1, 1), (exitCode, accountExitCode));
        Assert.Contains("is no data folder", error, StringComparison.Ordinal);
        Assert.Contains("no certificate authority ", accountError, StringComparison.Ordinal);
        Assert.Equal([_folder["photos", "one.jpg"]], Directory.GetFileSystemEntries(_folder["photos"]));
    }

    [Theory]
    [InlineData("shorter", false)]
    [InlineData("longer", false)]
    [InlineData("unknown", false)]
    [InlineData("same length", true)]
    public async Task Reindex_DamagedFile_IsNamedAndNotIndexed(string kind, bool verifies)
    {
        string data = _folder["data"];
        using (ServerProcess server = await ServeAsync(data))
        {
            await FillAsync(server);
            await server.TerminateAsync();
            await server.WaitForExitAsync();
        }

        byte[] wrong = kind switch
        {
            "shorter" => _content[..1000],
            "longer" => [.. _content, 1],
            _ => [.. _content[..^1], (byte)~_content[^1]],
        };
        Digest digest = kind == "unknown" ? Digest.Compute("unknown"u8) : Name;
        string path = Path.Combine(data, "blobs", digest.ToString()[..2], digest.ToString());
        await File.WriteAllBytesAsync(path, wrong, Token);

        (int exitCode, string error) = await ServerProcess.RunAsync([.. (string[])["admin", "reindex", "--data", data], .. verifies ? (string[])["--verify"] : []]);

        Assert.Equal(1, exitCode);
        Assert.Contains($"object {digest} is damaged and not indexed", Assert.Single(error.Split('\n', StringSplitOptions.RemoveEmptyEntries)), StringComparison.Ordinal);
        Assert.False(File.Exists(path));
        Assert.Equal(wrong, await File.ReadAllBytesAsync(Path.Combine(data, "quarantine", digest.ToString()), Token));
        using ServerProcess again = await ServeAsync(data);
        using HttpResponseMessage answer = await Http.GetAsync(new Uri(again.Url, $"/shacache/{digest}"), Token);
        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
    }

    private static Task<ServerProcess> ServeAsync(string data) => ServerProcess.StartAsync("serve", "--data", data, "--listen", "http://127.0.0.1:0");

    private async Task FillAsync(ServerProcess server)
    {
        using HttpResponseMessage stored = await Http.PostAsync(new Uri(server.Url, "/shacache"), new ByteArrayContent(_content), Token);
        Assert.Equal(HttpStatusCode.Created, stored.StatusCode);
        using var entry = new StringContent($$"""["{\"sha512\": \"{{Name}}\"}", ""]""", Encoding.UTF8, "application/json");
        using HttpResponseMessage listed = await Http.PutAsync(new Uri(server.Url, "/shadir/key"), entry, Token);
        Assert.Equal(HttpStatusCode.Created, listed.StatusCode);
    }

    /// <summary>The two blocks of commands in the section on backup.</summary>
    private static (string[] Backup, string[] Restore) ReadCommands()
    {
        string[] lines = File.ReadAllLines(Path.Combine(Repository.Root, "docs", "operating.md"));
        string[] section = [.. lines.SkipWhile(line => line != "## Backup").Skip(1).TakeWhile(line => !line.StartsWith("## ", StringComparison.Ordinal))];
        List<List<string>> blocks = [];
        bool isInside = false;
        foreach (string line in section)
        {
            bool isCommand = line.StartsWith("    ", StringComparison.Ordinal);
            if (isCommand && !isInside)
                blocks.Add([]);
            if (isCommand)
                blocks[^1].Add(line.Trim());
            isInside = isCommand;
        }

        Assert.Equal(2, blocks.Count);
        return ([.. blocks[0]], [.. blocks[1]]);
    }

    /// <summary>A command as it is typed, but for where the folders are.</summary>
    private async Task RunAsync(string command)
    {
        string typed = command.Replace("/var/lib/shacache", _folder["data"], StringComparison.Ordinal).Replace("/backup/shacache", _folder["backup"], StringComparison.Ordinal);
        string[] words = typed.Split(' ');
        Assert.Equal("shacache", words[0]);
        Assert.Equal((0, ""), await ServerProcess.RunAsync(words[1..]));
    }
}
