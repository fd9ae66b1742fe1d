using System.CommandLine;
using System.Text.Json;
using Shacache.Cli.Commands.Administration;
using Shacache.Cli.Errors;
using Shacache.Cli.Output;
using Shacache.Client.Accounts;
using Shacache.Client.Mirrors;
using Shacache.Core.Upstreams;

namespace Shacache.Cli.Commands.Mirrors;

internal sealed class AdminForgetCommand : StoreCommand
{
    private readonly Argument<string> _url = new("URL") { Description = "The URL, as it was fetched." };

    public AdminForgetCommand()
        : base("forget", "Let a server forget which file belongs to a URL, so that it is fetched anew.", "--key")
    {
        Add(_url);
        AddServerOptions();
    }

    public override IReadOnlyList<string> Examples => ["shacache admin forget https://example.org/foo-1.0.tar.gz --data /var/lib/shacache"];

    public override IReadOnlyList<string> Notes =>
    [
        "Forgotten are the notes of the download gateway, in every spelling of the URL, every entry that clients find the file by, from any account, and what was known from upstreams.",
        "The content stays as long as other content that is not requested. An upstream that lists the URL is to forget it, too.",
        "Exit code 3: nothing was known about the URL.",
        .. base.Notes,
    ];

    protected override async Task<int> RunAsync(ParseResult arguments, AccountServer server, CancellationToken cancellationToken)
    {
        string url = arguments.GetRequiredValue(_url);
        using var mirror = new MirrorAdministration(server);
        int count = await mirror.ForgetAsync(url, cancellationToken);
        if (arguments.GetValue(Json))
            Console.Out.WriteLine(JsonSerializer.Serialize(new ForgottenDocument(count), MirrorDocuments.Default.ForgottenDocument));
        else
            Console.Out.WriteLine(count == 0 ? $"Nothing was known about {TextTable.Clean(url)}." : $"Forgotten: {TextTable.Clean(url)}. It is fetched anew when it is asked for.");
        return count == 0 ? ExitCode.NotFound : ExitCode.Done;
    }
}
