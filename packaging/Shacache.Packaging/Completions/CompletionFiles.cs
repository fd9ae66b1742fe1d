using Shacache.Cli;
using Shacache.Cli.Completion;

namespace Shacache.Packaging.Completions;

/// <summary>What <c>shacache completion</c> prints, as files: a program for another processor cannot be asked.</summary>
internal static class CompletionFiles
{
    /// <param name="folder">Gets a file for each shell; made when it is missing.</param>
    public static void Write(string folder)
    {
        CompletionNode root = CompletionNode.From(CommandLine.CreateRoot());
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, "shacache.bash"), $"{BashCompletion.Write(root)}\n");
        File.WriteAllText(Path.Combine(folder, "shacache.zsh"), $"{ZshCompletion.Write(root)}\n");
        File.WriteAllText(Path.Combine(folder, "shacache.fish"), $"{FishCompletion.Write(root)}\n");
    }
}
