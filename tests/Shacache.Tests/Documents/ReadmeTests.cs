using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using Shacache.Cli.Running;
using Shacache.Testing;

namespace Shacache.Cli.Documents;

/// <summary>What README.md tells a newcomer to type works, as it is typed.</summary>
public sealed class ReadmeTests : IDisposable
{
    private const string Indent = "    ";

    /// <summary>The MD5 of https://example.org/software.cfg.</summary>
    private const string ReleaseName = "6b324ff0c75307c266da041ded00eb12";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static readonly string Document = File.ReadAllText(Path.Combine(Repository.Root, "README.md"));

    private readonly TemporaryFolder _folder = new();
    private readonly List<Process> _servers = [];

    public void Dispose()
    {
        foreach (Process server in _servers)
        {
            if (!server.HasExited)
            {
                server.Kill();
                server.WaitForExit(Patience);
            }

            server.Dispose();
        }

        _folder.Dispose();
    }

    /// <summary>From the first server to a proximity cache. Ports, the root of software and the size of the file are the test's own.</summary>
    [Fact]
    public async Task QuickStart_TypedBlockByBlock_BringsTheFileBackAndInstallsTheRelease()
    {
        await MakeProgramAsync();
        (string port, string nearPort) = (FreePort(), FreePort());
        string release = Path.Combine(_folder["slapgrid"], ReleaseName);
        Directory.CreateDirectory(release);
        await File.WriteAllTextAsync(Path.Combine(release, "program"), "built", TestContext.Current.CancellationToken);

        string shown = "";
        foreach (string typed in Blocks("Quick start"))
        {
            string block = typed.Replace(":8080", $":{port}", StringComparison.Ordinal).Replace(":8081", $":{nearPort}", StringComparison.Ordinal)
                .Replace("/opt/slapgrid", _folder["slapgrid"], StringComparison.Ordinal).Replace("100M", "1M", StringComparison.Ordinal);
            if (block.StartsWith("./shacache serve", StringComparison.Ordinal))
            {
                await StartServerAsync(block == "./shacache serve" ? $"{block} --listen http://127.0.0.1:{port}" : block);
                continue;
            }

            // The release is installed elsewhere.
            block = block.Replace("./shacache binary install", $"rm -r {release}\n./shacache binary install", StringComparison.Ordinal);
            ProgramResult result = await ShacacheProgram.RunBashAsync(_folder.Path, $"set -e\n{block}");
            Assert.True(result.ExitCode == 0, $"{block}\n{result.Error}");
            shown += result.Text;
        }

        Assert.Equal(2, _servers.Count);
        Assert.Contains("\nidentical\n", shown, StringComparison.Ordinal);
        Assert.Equal("built", await File.ReadAllTextAsync(Path.Combine(release, "program"), TestContext.Current.CancellationToken));
    }

    /// <summary>From the authority to the refusal of a revoked account; lines that say "refused" must be, with the status that they name.</summary>
    [Fact]
    public async Task HttpsAndAccounts_TypedLineByLine_WorksAndRefusesAsItSays()
    {
        foreach (string name in new[] { "README.md", "CHANGELOG.md" })
            File.Copy(Path.Combine(Repository.Root, name), _folder[name]);
        await MakeProgramAsync();
        // The files that the quick start has made.
        (await ShacacheProgram.RunAsync(_folder.Path, "generate-signature-key", "--key-file", "signature.key", "--certificate-file", "signature.cert")).AssertDone();

        int refusals = 0;
        string shown = "";
        string port = FreePort();
        foreach (string block in Blocks("HTTPS and accounts").Select(block => block.Replace(":8443", $":{port}", StringComparison.Ordinal)))
        {
            if (block.StartsWith("./shacache serve ", StringComparison.Ordinal))
            {
                await StartServerAsync(block);
                continue;
            }

            ProgramResult result = await ShacacheProgram.RunBashAsync(_folder.Path, $"set -e\n{string.Join('\n', block.Split('\n').Select(Expect))}");
            Assert.Equal((0, ""), (result.ExitCode, result.Error));
            shown += result.Text;
            refusals += block.Split('\n').Count(line => line.Contains("# refused: ", StringComparison.Ordinal));
        }

        Assert.Equal(2, refusals);
        Assert.Contains("\nidentical\n", shown, StringComparison.Ordinal);
        Assert.Matches(@"build-1 +upload +[0-9a-f]{128} ", shown);
        Assert.Matches(@"\(operator\) +revoke +build-1 ", shown);
    }

    /// <summary>A line that is to be refused becomes one that fails unless it is, with that status.</summary>
    private static string Expect(string line)
    {
        int mark = line.IndexOf("    # refused: ", StringComparison.Ordinal);
        return mark < 0 ? line : $"if said=$({line[..mark]} 2>&1); then exit 99; fi; grep -q 'the server answered {line[^3..]} ' <<<\"$said\" || {{ echo \"$said\" >&2; exit 98; }}";
    }

    /// <summary>The indented blocks of a section, each as it is typed.</summary>
    private static IEnumerable<string> Blocks(string section)
    {
        int start = Document.IndexOf($"\n## {section}\n", StringComparison.Ordinal);
        string text = Document[start..Document.IndexOf("\n## ", start + 1, StringComparison.Ordinal)];
        List<string> block = [];
        foreach (string line in text.Split('\n').Append("end"))
        {
            bool isInside = line.Length == 0 && block.Count > 0;
            if (isInside || line.StartsWith(Indent, StringComparison.Ordinal))
            {
                block.Add(isInside ? line : line[Indent.Length..]);
                continue;
            }

            if (block.Count > 0)
                yield return string.Join('\n', block).TrimEnd('\n');
            block.Clear();
        }
    }

    /// <summary>The script that runs the program in the root of the repository, here without a build.</summary>
    private async Task MakeProgramAsync()
    {
        await File.WriteAllTextAsync(_folder["shacache"], "#!/bin/sh\nexec \"$SHACACHE\" \"$@\"\n", TestContext.Current.CancellationToken);
        File.SetUnixFileMode(_folder["shacache"], UnixFileMode.UserRead | UnixFileMode.UserExecute);
    }

    private async Task StartServerAsync(string line)
    {
        Process server = Process.Start(ShacacheProgram.StartInfo(_folder.Path, "bash", ["-c", line]))!;
        _servers.Add(server);
        using var patience = new CancellationTokenSource(Patience);
        while (await server.StandardError.ReadLineAsync(patience.Token) is { } said)
        {
            if (said.Contains("Listening on http", StringComparison.Ordinal))
                return;
        }

        Assert.Fail("The server ended before it listened.");
    }

    /// <summary>Below those that the system assigns (32,768 and up on Linux), so that it stays free until the server starts.</summary>
    private static string FreePort()
    {
        while (true)
        {
            int port = RandomNumberGenerator.GetInt32(16_000, 32_000);
            try
            {
                using var probe = new TcpListener(IPAddress.Loopback, port);
                probe.Start();
                return $"{port}";
            }
            catch (SocketException e) when (e.SocketErrorCode == SocketError.AddressAlreadyInUse)
            {
            }
        }
    }
}
