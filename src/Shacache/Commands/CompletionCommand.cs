using System.CommandLine;
using Shacache.Cli.Completion;
using Shacache.Cli.Errors;
using Shacache.Cli.Help;

namespace Shacache.Cli.Commands;

internal sealed class CompletionCommand : DocumentedCommand
{
    public const string CommandName = "completion";

    private readonly Argument<string> _shell = new("SHELL") { Description = "The shell: bash or zsh." };

    public CompletionCommand()
        : base(CommandName, "Print a script that makes a shell complete shacache's commands, options and file names.")
    {
        _shell.AcceptOnlyFromAmong("bash", "zsh");
        Add(_shell);
        SetAction(Run);
    }

    public override IReadOnlyList<string> Examples =>
    [
        "source <(shacache completion bash)        # in ~/.bashrc",
        "source <(shacache completion zsh)         # in ~/.zshrc, after compinit",
    ];

    private int Run(ParseResult arguments)
    {
        CompletionNode root = CompletionNode.From((RootCommand)arguments.RootCommandResult.Command);
        Console.Out.WriteLine(arguments.GetRequiredValue(_shell) == "bash" ? BashCompletion.Write(root) : ZshCompletion.Write(root));
        return ExitCode.Done;
    }
}
