using System.Text;

namespace Shacache.Cli.Completion;

/// <summary>Writes the completion of bash.</summary>
internal static class BashCompletion
{
    public static string Write(CompletionNode root)
    {
        List<CompletionNode> nodes = [.. root.Flatten()];
        var values = new StringBuilder();
        var words = new StringBuilder();
        foreach (CompletionNode node in nodes)
        {
            foreach (CompletionOption option in node.Options.Where(option => option.Value is not null))
                values.Append($"    {Patterns(option.Names.Select(name => $"{node.Path} {name}"))}) {Complete(option.Value!)} ;;\n");
            string choices = string.Join(' ', node.Children.Select(child => child.Name).Concat(node.Arguments?.Words ?? []));
            string options = string.Join(' ', node.Options.SelectMany(option => option.Names));
            words.Append($"    '{node.Path}') choices='{choices}' options='{options}' files={(node.Arguments?.IsFile == true ? 1 : 0)} ;;\n");
        }

        return $$"""
                 # Completion of shacache for bash. To load it in every shell, put this line into ~/.bashrc:
                 #   source <(shacache completion bash)
                 _shacache() {
                   local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]} command=shacache i
                   COMPREPLY=()
                   for ((i = 1; i < COMP_CWORD; i++)); do
                     case "$command ${COMP_WORDS[i]}" in
                     {{Patterns(nodes.Skip(1).Select(node => node.Path))}}) command+=" ${COMP_WORDS[i]}" ;;
                     esac
                   done
                   # --option=value comes as three words.
                   if [[ $current == = ]]; then
                     current=
                   elif [[ $previous == = ]]; then
                     previous=${COMP_WORDS[COMP_CWORD-2]}
                   fi

                   # Without replies bash completes the names of files by itself, unless that is switched off.
                   case "$command $previous" in
                 {{values.ToString().TrimEnd()}}
                   esac

                   local choices= options= files=0
                   case "$command" in
                 {{words.ToString().TrimEnd()}}
                   esac
                   if [[ $current == -* ]]; then
                     COMPREPLY=($(compgen -W "$options" -- "$current"))
                   elif [[ -n $choices ]]; then
                     COMPREPLY=($(compgen -W "$choices" -- "$current"))
                   elif ((!files)) && [[ -z $current ]]; then
                     COMPREPLY=($(compgen -W "$options"))
                   fi
                   ((files)) || compopt +o default
                 }
                 complete -o default -F _shacache shacache
                 """.ReplaceLineEndings("\n");
    }

    private static string Complete(CompletionValue value)
    {
        if (value.IsFile)
            return "return";
        return value.Words.Count > 0
            ? $"COMPREPLY=($(compgen -W '{string.Join(' ', value.Words)}' -- \"$current\")); compopt +o default; return"
            : "compopt +o default; return";
    }

    private static string Patterns(IEnumerable<string> texts) => string.Join('|', texts.Select(text => $"'{text}'"));
}
