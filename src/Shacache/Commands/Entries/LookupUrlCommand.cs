using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Shacache.Cli.Commands.Options;
using Shacache.Cli.Errors;
using Shacache.Cli.Output;
using Shacache.Client;
using Shacache.Client.Configuration;
using Shacache.Client.Downloads;
using Shacache.Client.Entries;
using Shacache.Client.Transfers;
using Shacache.Core.Blobs;
using Shacache.Core.Entries;
using Shacache.Core.Urls;

namespace Shacache.Cli.Commands.Entries;

internal sealed class LookupUrlCommand : LookupFilesCommand
{
    private readonly Argument<string> _url = new("URL") { Description = "The URL that a file was downloaded from, or a key that deployed tools make of one." };

    private readonly TextOption _requirement = new("--requirement", "REQUIREMENT", "The URL is that of a package index; look for the page that older buildouts keep of it for this requirement.");

    public LookupUrlCommand()
        : base("url", "Show the entries of a downloaded file.")
    {
        AddAll(_requirement, _url);
    }

    public override IReadOnlyList<string> Examples => ["shacache lookup url -c slapos.cfg https://example.org/foo-1.2.tar.gz"];

    public override IReadOnlyList<string> Notes =>
    [
        "The keys that older buildouts used are asked too, that of a repository's clone, and with --requirement that of an index page.",
        "A URL {cache}/<sha512> of a configured store is that content. Exit code 3: nothing is listed.",
    ];

    protected override (string What, IReadOnlyList<EntryKey> Keys) Read(ParseResult arguments)
    {
        string url = arguments.GetRequiredValue(_url);
        try
        {
            return EntryKeys.FindIn(url) is { } key ? (url, [key])
                : (UrlSecrets.Redact(url), EntryKeys.ForUrlInAnyTool(url, arguments.GetValue(_requirement)));
        }
        catch (FormatException e)
        {
            throw new CommandFailedException(ExitCode.Usage, $"--requirement makes no key: {e.Message}", e);
        }
    }

    protected override async Task ShowAsync(ParseResult arguments, NetworkCacheOptions options, bool asJson, CancellationToken cancellationToken)
    {
        if (!ContentUrl.TryRead(arguments.GetRequiredValue(_url), options, out Digest digest))
        {
            await base.ShowAsync(arguments, options, asJson, cancellationToken);
            return;
        }

        using var client = new NetworkCacheClient(options);
        ContentLocation found = await client.LocateAsync(digest, cancellationToken);
        if (asJson)
        {
            Console.Out.WriteLine(JsonOutput.Text(new JsonArray(new JsonObject
            {
                ["sha512"] = digest.ToString(),
                ["bytes"] = found.LengthBytes,
                ["server"] = found.Server.ToString(),
            })));
            return;
        }

        var table = new ResultTable("server", "sha512", "bytes");
        table.Add(found.Server.ToString(), digest.ToString(), found.LengthBytes?.ToString(CultureInfo.InvariantCulture));
        table.Write();
    }
}
