using System.CommandLine;
using System.Text.Json;
using Shacache.Cli.Commands.Mirrors;
using Shacache.Cli.Errors;
using Shacache.Cli.Output;
using Shacache.Client.Accounts;
using Shacache.Client.Remotes;
using Shacache.Core.Upstreams;

namespace Shacache.Cli.Commands.Remotes;

internal sealed class RemoteForgetCommand : MirrorServerCommand
{
    private readonly Argument<string> _subject = new("SUBJECT")
    {
        Description = "A URL, of an origin or of the server itself; or a package as TYPE:NAME or TYPE:NAME=VERSION, such as pypi:requests or npm:@scope/name=1.0.0.",
    };

    public RemoteForgetCommand()
        : base("forget", "Let a server forget a page of an index, a file or a package, so that it is asked for anew.")
    {
        Add(_subject);
        AddServerOptions();
    }

    public override IReadOnlyList<string> Examples =>
    [
        "shacache remote forget pypi:requests --data /var/lib/shacache",
        "shacache remote forget https://registry.npmjs.org/left-pad --data /var/lib/shacache",
    ];

    public override IReadOnlyList<string> Notes =>
    [
        "Of a package: its pages, and the files that they name; with a version, the files of that version, and the page that names them. It is forgotten in every remote of the type.",
        "The content stays as long as other content that is not requested: a file whose SHA-512 the index says is found there again.",
        "While the origin is down, what is forgotten cannot be installed.",
        "Exit code 3: nothing was known about it.",
        .. base.Notes,
    ];

    protected override async Task<int> RunAsync(ParseResult arguments, AccountServer server, CancellationToken cancellationToken)
    {
        string subject = arguments.GetRequiredValue(_subject);
        using var remotes = new RemoteAdministration(server);
        int count = await RemoteAnswers.ReadAsync(remotes.ForgetAsync(subject, cancellationToken));
        if (arguments.GetValue(Json))
            Console.Out.WriteLine(JsonSerializer.Serialize(new ForgottenDocument(count), MirrorDocuments.Default.ForgottenDocument));
        else
            Console.Out.WriteLine(count == 0 ? $"Nothing was known about {TextTable.Clean(subject)}." : $"Forgotten: {TextTable.Clean(subject)}. It is asked for anew when a client needs it.");
        return count == 0 ? ExitCode.NotFound : ExitCode.Done;
    }
}
