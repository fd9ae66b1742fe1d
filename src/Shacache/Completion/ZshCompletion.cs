using System.Text;

namespace Shacache.Cli.Completion;

/// <summary>Writes the completion of zsh: one function for each command.</summary>
internal static class ZshCompletion
{
    public static string Write(CompletionNode root)
    {
        var functions = new StringBuilder();
        foreach (CompletionNode node in root.Flatten())
            AppendFunction(functions, node);
        return $$"""
                 #compdef shacache
                 # Completion of shacache for zsh. To load it in every shell, put this line into ~/.zshrc, after compinit:
                 #   source <(shacache completion zsh)
                 {{functions.ToString().TrimEnd()}}

                 if [[ $funcstack[1] == _shacache ]]; then
                   _shacache "$@"
                 else
                   compdef _shacache shacache
                 fi
                 """.ReplaceLineEndings("\n");
    }

    private static void AppendFunction(StringBuilder output, CompletionNode node)
    {
        string function = Function(node);
        List<string> specifications = [.. node.Options.Select(Specification)];
        if (node.Children.Count > 0)
            specifications.AddRange([$"'1:command:{function}_commands'", "'*::argument:->below'"]);
        else if (node.Arguments is not null)
            specifications.Add($"'*:{Escape(node.Arguments.Name)}:{Action(node.Arguments)}'");

        output.Append($"\n{function}() {{\n  local curcontext=$curcontext state line\n");
        output.Append($"  _arguments -C \\\n    {string.Join(" \\\n    ", specifications)}\n");
        if (node.Children.Count > 0)
        {
            output.Append("  case \"$state:$line[1]\" in\n");
            foreach (CompletionNode child in node.Children)
                output.Append($"  below:{child.Name}) {Function(child)} ;;\n");
            output.Append($"  esac\n}}\n\n{function}_commands() {{\n  local -a commands=(\n");
            foreach (CompletionNode child in node.Children)
                output.Append($"    '{child.Name}:{Quote(child.Description)}'\n");
            output.Append("  )\n  _describe command commands\n");
        }

        output.Append("}\n");
    }

    private static string Specification(CompletionOption option)
    {
        string value = option.Value is null ? "" : $":{Escape(option.Value.Name)}:{Action(option.Value)}";
        string description = $"'[{Escape(option.Description)}]{value}'";
        return option.Names.Count == 1
            ? option.Names[0] + description
            : $"'({string.Join(' ', option.Names)})'{{{string.Join(',', option.Names)}}}{description}";
    }

    /// <summary>A single space completes with nothing, and shows what is expected.</summary>
    private static string Action(CompletionValue value) =>
        value.IsFile ? "_files" : value.Words.Count > 0 ? $"({string.Join(' ', value.Words)})" : " ";

    private static string Function(CompletionNode node) => "_" + node.Path.Replace(' ', '_').Replace('-', '_');

    private static string Escape(string text) => Quote(text.Replace("\\", "\\\\", StringComparison.Ordinal)
        .Replace("[", "\\[", StringComparison.Ordinal).Replace("]", "\\]", StringComparison.Ordinal).Replace(":", "\\:", StringComparison.Ordinal));

    private static string Quote(string text) => text.Replace("'", "'\\''", StringComparison.Ordinal);
}
