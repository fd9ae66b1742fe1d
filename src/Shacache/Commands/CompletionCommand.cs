using System.CommandLine;
using Shacache.Cli.Completion;
using Shacache.Cli.Errors;
using Shacache.Cli.Help;

namespace Shacache.Cli.Commands;

internal sealed class CompletionCommand : DocumentedCommand
{
    public const string CommandName = "completion";

    private readonly Argument<string> _shell = new("SHELL") { Description = "The shell: bash, zsh or fish." };

    public CompletionCommand()
        : base(CommandName, "Print a script that makes a shell complete shacache's commands, options and file names.")
    {
        _shell.AcceptOnlyFromAmong("bash", "zsh", "fish");
        Add(_shell);
        SetAction(Run);
    }

    public override IReadOnlyList<string> Examples =>
    [
        "source <(shacache completion bash)        # in ~/.bashrc",
        "source <(shacache completion zsh)         # in ~/.zshrc, after compinit",
        "shacache completion fish | source         # in ~/.config/fish/config.fish",
    ];

    private int Run(ParseResult arguments)
    {
        CompletionNode root = CompletionNode.From((RootCommand)arguments.RootCommandResult.Command);
        Console.Out.WriteLine(arguments.GetRequiredValue(_shell) switch
        {
            "bash" => BashCompletion.Write(root),
            "zsh" => ZshCompletion.Write(root),
            _ => FishCompletion.Write(root),
        });
        return ExitCode.Done;
    }
}
