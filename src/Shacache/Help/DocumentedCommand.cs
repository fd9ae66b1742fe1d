using System.CommandLine;

namespace Shacache.Cli.Help;

/// <summary>A command whose help ends with examples and notes.</summary>
internal abstract class DocumentedCommand(string name, string description) : Command(name, description)
{
    /// <summary>Command lines that a newcomer can adapt.</summary>
    public abstract IReadOnlyList<string> Examples { get; }

    /// <summary>What the options alone do not say; one paragraph each.</summary>
    public virtual IReadOnlyList<string> Notes => [];
}
