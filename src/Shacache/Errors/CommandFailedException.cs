namespace Shacache.Cli.Errors;

/// <summary>Ends a command with an exit code and one or two lines that say what was asked, what happened, and what to do.</summary>
internal sealed class CommandFailedException(int exitCode, string message, Exception? inner = null) : Exception(message, inner)
{
    public int ExitCode => exitCode;
}

/// <summary>What the program ends with (docs/commands.md, "Exit codes"). They never change their meaning.</summary>
internal static class ExitCode
{
    public const int Done = 0;

    /// <summary>It was tried, and failed.</summary>
    public const int Error = 1;

    /// <summary>The command line makes no sense; nothing was tried.</summary>
    public const int Usage = 2;

    /// <summary>There is no such thing, or none that is trusted.</summary>
    public const int NotFound = 3;

    /// <summary>The configuration is wrong (EX_CONFIG of sysexits.h); nothing was tried.</summary>
    public const int Configuration = 78;

    /// <summary>Ctrl-C, as shells count: 128 + SIGINT.</summary>
    public const int Interrupted = 130;

    /// <summary>The reader of the standard output went away, as shells count: 128 + SIGPIPE.</summary>
    public const int ClosedPipe = 141;
}
