using System.CommandLine;
using Shacache.Cli.Errors;
using Shacache.Cli.Help;
using Shacache.Client.Errors;
using Shacache.Core.Messages;

namespace Shacache.Cli.Output;

/// <summary>Turns what ended a command into a line on the error output and an exit code.</summary>
internal static class ErrorReport
{
    public static int Write(Exception exception, ParseResult parsed, TextWriter error)
    {
        if (exception is OperationCanceledException)
            return ExitCode.Interrupted;
        if (StandardOutput.IsClosedByReader(exception))
            return ExitCode.ClosedPipe;

        int exitCode = ExitCodeOf(exception);
        if (exitCode == ExitCode.Usage)
            UsageReport.Write(parsed, LineOf(exception), error);
        else
            error.WriteLine($"shacache: {LineOf(exception)}");
        if (parsed.GetValue<bool>(GlobalOptions.VerboseName))
            error.WriteLine(Printable.OfLines(exception.ToString()));
        return exitCode;
    }

    /// <summary>The message of an exception on one line, without the name of the parameter that .NET puts after it.</summary>
    public static string LineOf(Exception exception)
    {
        // Nothing on the way knew more of it than .NET does.
        if (FileTrouble.IsBare(exception))
            return OneLine($"{FileTrouble.FindPath(exception) ?? "a file"}: {FileTrouble.Explain(exception, FileTrouble.FindPath(exception))}.");
        string message = exception.Message;
        int parameter = exception is ArgumentException { ParamName: { } name }
            ? message.IndexOf($" (Parameter '{name}')", StringComparison.Ordinal)
            : -1;
        return OneLine(parameter < 0 ? message : message[..parameter]);
    }

    public static string OneLine(string text) => Printable.Of(text.ReplaceLineEndings(" ").Trim());

    private static int ExitCodeOf(Exception exception) => exception switch
    {
        CommandFailedException failed => failed.ExitCode,
        CredentialsInEntryException => ExitCode.Usage,
        NetworkCacheConfigurationException or UntrustedSigningKeyException => ExitCode.Configuration,
        ContentNotFoundException or NotCachedException => ExitCode.NotFound,
        _ => ExitCode.Error,
    };
}
