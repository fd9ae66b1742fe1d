using System.CommandLine;
using Shacache.Cli.Errors;
using Shacache.Core.Entries;

namespace Shacache.Cli.Commands.Entries;

internal sealed class LookupPypiCommand : LookupFilesCommand
{
    private readonly Argument<string> _name = new("NAME") { Description = "The name of a Python distribution." };
    private readonly Argument<string> _version = new("VERSION") { Description = "Its version." };

    public LookupPypiCommand()
        : base("pypi", "Show the entries of a Python distribution.")
    {
        AddAll(_name, _version);
    }

    public override IReadOnlyList<string> Examples => ["shacache lookup pypi -c slapos.cfg setuptools 44.1.1"];

    public override IReadOnlyList<string> Notes => ["Exit code 3: nothing is listed."];

    protected override (string What, IReadOnlyList<EntryKey> Keys) Read(ParseResult arguments)
    {
        (string name, string version) = (arguments.GetRequiredValue(_name), arguments.GetRequiredValue(_version));
        return EntryKey.TryCreate($"pypi:{name}={version}", out EntryKey? key, out string? problem)
            ? ($"{name} {version}", [key])
            : throw new CommandFailedException(ExitCode.Usage, $"name and version make no key: {problem}");
    }
}
