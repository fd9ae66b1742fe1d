using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace Shacache.Cli.Help;

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
