using System.CommandLine;

namespace Shacache.Cli.Commands.Options;

/// <summary>Options that the commands which talk to a network cache have in common.</summary>
internal static class ClientOptions
{
    public static Option<bool> Quiet() => new("--quiet", "-q") { Description = "No progress bar; warnings and errors are shown all the same." };

    public static Option<bool> WithCredentials() => new("--with-credentials")
    {
        Description = "Pack files that hold credentials too, and list URLs and metadata with a password or token. Everybody can read them then.",
    };
}

/// <summary>An option with a text as its value.</summary>
internal sealed class TextOption : Option<string?>
{
    public TextOption(string name, string valueName, string description)
        : base(name)
    {
        HelpName = valueName;
        Description = description;
    }

    public TextOption(string name, string alias, string valueName, string description)
        : base(name, alias)
    {
        HelpName = valueName;
        Description = description;
    }
}
