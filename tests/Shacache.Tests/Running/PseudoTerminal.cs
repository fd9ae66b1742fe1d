using System.Diagnostics;
using System.Text;

namespace Shacache.Cli.Running;

/// <summary>A command on a terminal of its own, by util-linux's script.</summary>
internal sealed class PseudoTerminal : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    private readonly Process _process;
    private readonly StringBuilder _shown = new();

    private PseudoTerminal(Process process) => _process = process;

    /// <param name="folder">Where it runs.</param>
    /// <param name="command">The line of a shell; $SHACACHE is the program.</param>
    /// <param name="environment">Variables to set.</param>
    public static PseudoTerminal Start(string folder, string command, params ReadOnlySpan<(string Name, string Value)> environment)
    {
        ExternalPrograms.Require("script");
        ProcessStartInfo start = ShacacheProgram.StartInfo(folder, "script", ["-qefc", command, "/dev/null"]);
        start.Environment["TERM"] = "xterm-256color";
        start.Environment["SHELL"] = "/bin/bash";
        foreach ((string name, string value) in environment)
            start.Environment[name] = value;
        return new PseudoTerminal(Process.Start(start)!);
    }

    public void Type(string keys)
    {
        _process.StandardInput.Write(keys);
        _process.StandardInput.Flush();
    }

    /// <summary>Reads what is shown until a text is, and forgets it.</summary>
    public async Task<string> ReadUntilAsync(string expected)
    {
        using var limit = new CancellationTokenSource(Limit);
        char[] buffer = new char[4096];
        while (true)
        {
            string shown = _shown.ToString();
            int end = shown.IndexOf(expected, StringComparison.Ordinal);
            if (end >= 0)
            {
                end += expected.Length;
                _shown.Remove(0, end);
                return shown[..end];
            }

            int read = await ReadAsync(buffer, expected, limit.Token);
            Assert.True(read > 0, $"The terminal closed before it showed '{expected}': {shown}");
            _shown.Append(buffer, 0, read);
        }
    }

    /// <summary>Everything that is shown until the command ends, and how it ends.</summary>
    public async Task<(int ExitCode, string Shown)> FinishAsync()
    {
        using var limit = new CancellationTokenSource(Limit);
        char[] buffer = new char[4096];
        int read;
        while ((read = await ReadAsync(buffer, "the end", limit.Token)) > 0)
            _shown.Append(buffer, 0, read);
        await _process.WaitForExitAsync(limit.Token);
        return (_process.ExitCode, _shown.ToString());
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
            _process.WaitForExit(Limit);
        }

        _process.Dispose();
    }

    private async Task<int> ReadAsync(char[] buffer, string expected, CancellationToken cancellationToken)
    {
        try
        {
            return await _process.StandardOutput.ReadAsync(buffer, cancellationToken);
        }
        catch (OperationCanceledException e)
        {
            throw new TimeoutException($"The terminal did not show '{expected}' within {Limit.TotalSeconds} s, but: {_shown}", e);
        }
    }
}
