using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using Shacache.Cli.Commands;
using Shacache.Cli.Commands.Accounts;
using Shacache.Cli.Commands.Mirrors;

namespace Shacache.Cli;

/// <summary>The root command, and how a run of it ends.</summary>
internal static class CommandLine
{
    public static RootCommand CreateRoot()
    {
        var root = new RootCommand("A network cache for builds: keeps what builds download, signed, near to where it is needed.")
        {
            ServeCommand.Create(),
            new UploadCommand(),
            new DownloadCommand(),
            new FetchCommand(),
            new VerifyCommand(),
            new WhyCommand(),
            ConfigCommand.Create(),
            new GenerateSignatureKeyCommand(),
            BinaryCommand.Create(),
            LookupCommand.Create(),
            AdminCommand.Create(),
            AccountCommand.Create(),
            MirrorCommand.Create(),
            new CompletionCommand(),
        };
        root.Add(GlobalOptions.Verbose());
        foreach (HelpOption help in root.Options.OfType<HelpOption>())
            help.Action = new HelpWithExamples((HelpAction)help.Action!);
        return root;
    }

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
            else
                CommandThreads.Prepare();
            return await parsed.InvokeAsync(invocation);
        }
        catch (Exception e)
        {
            // The process ends here: whatever happened becomes one clear line and an exit code.
            return ErrorReport.Write(e, parsed, Console.Error);
        }
    }
}
