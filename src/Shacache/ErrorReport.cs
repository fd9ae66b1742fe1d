namespace Shacache.Cli;

/// <summary>Turns what ended a command into a line on the error output and an exit code.</summary>
internal static class ErrorReport
{
    public static int Write(Exception exception, bool verbose, TextWriter error)
    {
        if (exception is OperationCanceledException)
            return ExitCode.Interrupted;

        error.WriteLine($"shacache: {exception.Message.ReplaceLineEndings(" ").TrimEnd()}");
        if (verbose)
            error.WriteLine(exception.ToString());
        return exception is CommandFailedException failed ? failed.ExitCode : ExitCode.Error;
    }
}
