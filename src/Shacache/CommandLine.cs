using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using Shacache.Cli.Commands;
using Shacache.Cli.Commands.Accounts;
using Shacache.Cli.Commands.Binaries;
using Shacache.Cli.Commands.Bundles;
using Shacache.Cli.Commands.Diagnosis;
using Shacache.Cli.Commands.Entries;
using Shacache.Cli.Commands.Mirrors;
using Shacache.Cli.Commands.Remotes;
using Shacache.Cli.Commands.Serving;
using Shacache.Cli.Commands.Transfers;
using Shacache.Cli.Help;
using Shacache.Cli.Output;

namespace Shacache.Cli;

/// <summary>The root command, and how a run of it ends.</summary>
internal static class CommandLine
{
    /// <summary>The commands, in the order of the help.</summary>
    private static readonly (string Name, Func<Command> Create)[] Commands =
    [
        (ServeCommand.Name, ServeCommand.Create),
        ("health", () => new HealthCommand()),
        ("upload", () => new UploadCommand()),
        ("download", () => new DownloadCommand()),
        ("fetch", () => new FetchCommand()),
        ("verify", () => new VerifyCommand()),
        ("why", () => new WhyCommand()),
        ("config", ConfigCommand.Create),
        ("generate-signature-key", () => new GenerateSignatureKeyCommand()),
        ("binary", BinaryCommand.Create),
        ("lookup", LookupCommand.Create),
        ("admin", AdminCommand.Create),
        ("account", AccountCommand.Create),
        ("mirror", MirrorCommand.Create),
        ("remote", RemoteCommand.Create),
        ("bundle", BundleCommand.Create),
        (CompletionCommand.CommandName, () => new CompletionCommand()),
    ];

    /// <summary>The whole tree of commands.</summary>
    public static RootCommand CreateRoot() => CreateRoot(Commands);

    /// <summary>As much of the tree as a command line needs: making all of it takes longer than many a command.</summary>
    /// <param name="args">The command line. If it begins with a command, that one suffices, unless it is the one that describes all.</param>
    public static RootCommand CreateRootFor(string[] args)
    {
        if (args is not [var first, ..] || first == CompletionCommand.CommandName)
            return CreateRoot();
        (string Name, Func<Command> Create)[] named = Array.FindAll(Commands, command => command.Name == first);
        return CreateRoot(named.Length > 0 ? named : Commands);
    }

    private static RootCommand CreateRoot((string Name, Func<Command> Create)[] commands)
    {
        var root = new RootCommand("A network cache for builds: keeps what builds download, signed, near to where it is needed.");
        foreach ((_, Func<Command> create) in commands)
            root.Add(create());
        root.Add(GlobalOptions.Verbose());
        foreach (HelpOption help in root.Options.OfType<HelpOption>())
            help.Action = new HelpWithExamples((HelpAction)help.Action!);
        return root;
    }

    public static async Task<int> RunAsync(string[] args)
    {
        StandardOutput.GuardConsole();
        // A value may begin with '@' (a metadata value, a key): it names no file with more arguments.
        ParseResult parsed = CreateRootFor(args).Parse(args, new ParserConfiguration { ResponseFileTokenReplacer = null });
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
