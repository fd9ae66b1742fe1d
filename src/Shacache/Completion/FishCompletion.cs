using System.Text;

namespace Shacache.Cli.Completion;

/// <summary>Writes the completion of fish: one rule for each option, each of them for the command that has it.</summary>
internal static class FishCompletion
{
    public static string Write(CompletionNode root)
    {
        List<CompletionNode> nodes = [.. root.Flatten()];
        var rules = new StringBuilder();
        foreach (CompletionNode node in nodes)
            AppendRules(rules, node);
        return $$"""
                 # Completion of shacache for fish. To load it in every shell, put this line into ~/.config/fish/config.fish:
                 #   shacache completion fish | source
                 function __shacache_is
                     set -l command shacache
                     for word in (commandline -opc)[2..-1]
                         switch "$command $word"
                             case {{string.Join(' ', nodes.Skip(1).Select(node => $"'{node.Path}'"))}}
                                 set command "$command $word"
                         end
                     end
                     test "$command" = "$argv"
                 end

                 complete -c shacache -f
                 {{rules.ToString().TrimEnd()}}
                 """.ReplaceLineEndings("\n");
    }

    private static void AppendRules(StringBuilder rules, CompletionNode node)
    {
        string start = $"complete -c shacache -n '__shacache_is {node.Path}'";
        foreach (CompletionNode child in node.Children)
            rules.Append($"{start} -a {child.Name} -d {Quote(child.Description)}\n");
        if (node.Arguments is { } arguments)
            rules.Append(arguments.IsFile ? $"{start} -F\n" : arguments.Words.Count > 0 ? $"{start} -a {Quote(string.Join(' ', arguments.Words))}\n" : "");
        foreach (CompletionOption option in node.Options)
            rules.Append($"{start} {string.Join(' ', option.Names.Select(Name))}{Value(option.Value)} -d {Quote(option.Description)}\n");
    }

    private static string Name(string name) =>
        name.StartsWith("--", StringComparison.Ordinal) ? $"-l {name[2..]}" : name.Length == 2 ? $"-s {name[1..]}" : $"-o {name[1..]}";

    /// <summary>That a value follows, and with what it is completed; the names of files are off unless they are asked for.</summary>
    private static string Value(CompletionValue? value)
    {
        if (value is null)
            return "";
        if (value.IsFile)
            return " -r -F";
        return value.Words.Count > 0 ? $" -x -a {Quote(string.Join(' ', value.Words))}" : " -x";
    }

    private static string Quote(string text) =>
        $"'{text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("'", "\\'", StringComparison.Ordinal)}'";
}
