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
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static readonly string Document = File.ReadAllText(Path.Combine(Repository.Root, "README.md"));

    private readonly TemporaryFolder _folder = new();
    private Process? _server;

    public void Dispose()
    {
        if (_server is { HasExited: false })
        {
            _server.Kill();
            _server.WaitForExit(Patience);
        }

        _server?.Dispose();
        _folder.Dispose();
    }

    /// <summary>From the authority to the refusal of a revoked account; lines that say "refused" must be, with the status that they name.</summary>
    [Fact]
    public async Task HttpsAndAccounts_TypedLineByLine_WorksAndRefusesAsItSays()
    {
        foreach (string name in new[] { "README.md", "CHANGELOG.md" })
            File.Copy(Path.Combine(Repository.Root, name), _folder[name]);
        await File.WriteAllTextAsync(_folder["shacache"], "#!/bin/sh\nexec \"$SHACACHE\" \"$@\"\n", TestContext.Current.CancellationToken);
        File.SetUnixFileMode(_folder["shacache"], UnixFileMode.UserRead | UnixFileMode.UserExecute);
        // What the quick start left behind.
        (await ShacacheProgram.RunAsync(_folder.Path, "generate-signature-key", "--key-file", "signature.key", "--certificate-file", "signature.cert")).AssertDone();

        int refusals = 0;
        string shown = "";
        foreach (string block in Blocks("HTTPS and accounts", FreePort()))
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
    private static IEnumerable<string> Blocks(string section, string port)
    {
        int start = Document.IndexOf($"\n## {section}\n", StringComparison.Ordinal);
        string text = Document[start..Document.IndexOf("\n## ", start + 1, StringComparison.Ordinal)];
        List<string> block = [];
        foreach (string line in text.Split('\n').Append("end"))
        {
            if (line.StartsWith(Indent, StringComparison.Ordinal))
            {
                block.Add(line[Indent.Length..].Replace(":8443", $":{port}", StringComparison.Ordinal));
                continue;
            }

            if (block.Count > 0)
                yield return string.Join('\n', block);
            block.Clear();
        }
    }

    private async Task StartServerAsync(string line)
    {
        _server = Process.Start(ShacacheProgram.StartInfo(_folder.Path, "bash", ["-c", line]))!;
        using var patience = new CancellationTokenSource(Patience);
        while (await _server.StandardError.ReadLineAsync(patience.Token) is { } said)
        {
            if (said.Contains("Listening on https://localhost:", StringComparison.Ordinal))
                return;
        }

        Assert.Fail("The server ended before it listened.");
    }

    /// <summary>Below those that are given to whoever asks for any (32,768 and up on Linux), so that it is free until the server comes.</summary>
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
