using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace Shacache.Cli.Help;

/// <summary>A command whose help ends with examples and notes.</summary>
internal abstract class DocumentedCommand(string name, string description) : Command(name, description)
{
    /// <summary>Command lines that a newcomer can adapt.</summary>
    public abstract IReadOnlyList<string> Examples { get; }

    /// <summary>What the options alone do not say; one paragraph each.</summary>
    public virtual IReadOnlyList<string> Notes => [];

    /// <summary>Adds options and arguments, in the order of the help.</summary>
    protected void AddAll(params IEnumerable<Symbol> parts)
    {
        foreach (Symbol part in parts)
        {
            if (part is Option option)
                Add(option);
            else
                Add((Argument)part);
        }
    }
}

/// <summary>The usual help, then the notes and examples of the command.</summary>
internal sealed class HelpWithExamples(HelpAction usual) : SynchronousCommandLineAction
{
    public override bool ClearsParseErrors => true;

    public override int Invoke(ParseResult parseResult)
    {
        int exitCode = usual.Invoke(parseResult);
        if (parseResult.CommandResult.Command is not DocumentedCommand command)
            return exitCode;

        TextWriter output = parseResult.InvocationConfiguration.Output;
        Write(output, "Notes:", command.Notes);
        Write(output, "Examples:", command.Examples);
        return exitCode;
    }

    private static void Write(TextWriter output, string title, IReadOnlyList<string> lines)
    {
        if (lines.Count == 0)
            return;
        output.WriteLine(title);
        foreach (string line in lines)
            output.WriteLine($"  {line}");
        output.WriteLine();
    }
}

/// <summary>Options that every command has.</summary>
internal static class GlobalOptions
{
    public const string VerboseName = "--verbose";

    public static Option<bool> Verbose() => new(VerboseName)
    {
        Description = "Show the whole trace of an error.",
        Recursive = true,
    };
}
