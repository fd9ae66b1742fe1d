using System.Text;

namespace Shacache.Cli.Running;

/// <summary>How a program ended, and what it said.</summary>
internal sealed record ProgramResult(int ExitCode, byte[] Output, string Error)
{
    public string Text => Encoding.UTF8.GetString(Output);

    /// <summary>Exit code 0, and nothing on the error output.</summary>
    public ProgramResult AssertDone()
    {
        Assert.Equal("", Error);
        Assert.Equal(0, ExitCode);
        return this;
    }

    /// <summary>An exit code, whatever it said.</summary>
    public void AssertEnds(int exitCode) => Assert.True(ExitCode == exitCode, $"It ended with {ExitCode}:\n{Text}\n{Error}");

    /// <summary>A refusal as every one must be: the exit code, one line for the problem, at most one more for help, nothing on the output.</summary>
    public void AssertFails(int exitCode, string message)
    {
        Assert.Equal((exitCode, message), (ExitCode, Error.TrimEnd('\n')));
        Assert.Equal("", Text);
        Assert.InRange(Error.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length, 1, 2);
    }
}
