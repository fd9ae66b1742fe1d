namespace Shacache.Cli.Errors;

/// <summary>Ends a command with an exit code and one or two lines that say what was asked, what happened, and what to do.</summary>
internal sealed class CommandFailedException(int exitCode, string message, Exception? inner = null) : Exception(message, inner)
{
    public int ExitCode => exitCode;
}
