using System.CommandLine;
using System.CommandLine.Invocation;
using Shacache.Cli.Commands;

namespace Shacache.Cli;

/// <summary>The root command, and how a run of it ends.</summary>
internal static class CommandLine
{
    public static RootCommand CreateRoot() => new("A network cache for builds: keeps what builds download, signed, near to where it is needed.")
    {
        GlobalOptions.Verbose,
        ServeCommand.Create(),
    };

    public static async Task<int> RunAsync(string[] args)
    {
        // A value may begin with '@' (a metadata value, a key): it names no file with more arguments.
        ParseResult parsed = CreateRoot().Parse(args, new ParserConfiguration { ResponseFileTokenReplacer = null });
        if (parsed.Action is ParseErrorAction or null)
            return UsageReport.Write(parsed, Console.Error);
        try
        {
            var invocation = new InvocationConfiguration { EnableDefaultExceptionHandler = false };
            // The server answers signals itself, and takes the time for it that its settings give.
            if (parsed.CommandResult.Command.Name == ServeCommand.Name)
                invocation.ProcessTerminationTimeout = null;
            return await parsed.InvokeAsync(invocation);
        }
        catch (Exception e)
        {
            // The process ends here: whatever happened becomes one clear line and an exit code.
            return ErrorReport.Write(e, parsed.GetValue(GlobalOptions.Verbose), Console.Error);
        }
    }
}
