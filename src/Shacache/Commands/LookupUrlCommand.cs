using System.CommandLine;
using Shacache.Client;
using Shacache.Core.Entries;

namespace Shacache.Cli.Commands;

internal sealed class LookupUrlCommand : LookupFilesCommand
{
    private readonly Argument<string> _url = new("URL") { Description = "The URL that a file was downloaded from." };

    public LookupUrlCommand()
        : base("url", "Show the entries of a downloaded file.") => Add(_url);

    public override IReadOnlyList<string> Examples => ["shacache lookup url -c slapos.cfg https://example.org/foo-1.2.tar.gz"];

    public override IReadOnlyList<string> Notes => ["The key that older buildouts used is asked too. Exit code 3: nothing is listed."];

    protected override (string What, IReadOnlyList<EntryKey> Keys) Read(ParseResult arguments)
    {
        string url = arguments.GetRequiredValue(_url);
        return (url, [EntryKeys.ForUrl(url), EntryKeys.ForUrlInOlderBuildouts(url)]);
    }
}
