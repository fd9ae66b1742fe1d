using System.CommandLine;
using System.Text.Json.Nodes;
using Shacache.Cli.Commands.Options;
using Shacache.Cli.Errors;
using Shacache.Cli.Help;
using Shacache.Cli.Output;
using Shacache.Client;
using Shacache.Client.Configuration;
using Shacache.Client.Entries;
using Shacache.Client.Filters;
using Shacache.Client.Transfers;
using Shacache.Core.Entries;

namespace Shacache.Cli.Commands.Transfers;

internal sealed class DownloadCommand : DocumentedCommand
{
    private readonly ConfigFileOption _config = new();

    private readonly TextOption _url = new("--url", "-u", "URL", "The URL of what is wanted. It is asked of the network cache only, never of the URL's own server.");

    private readonly TextOption _key = new("--key", "-k", "KEY", "The key of what is wanted, instead of the URL's.");

    private readonly Option<bool> _list = new("--list", "-l") { Description = "Print the entries that pass, as JSON, instead of the content of the first." };

    private readonly TextOption _output = new("--output", "-o", "FILE", "Write to this file instead of the standard output. It appears whole and verified, or not at all.");

    private readonly Argument<string[]> _filters = new("FILTER")
    {
        Description = "A condition on the metadata, KEY OP VALUE without spaces, such as version>=[4,2].",
        Arity = ArgumentArity.ZeroOrMore,
    };

    private readonly Option<bool> _quiet = ClientOptions.Quiet();

    public DownloadCommand()
        : base("download", "Get a file from the network cache: the content of the first trusted entry, its digest verified.")
    {
        AddAll(_config, _url, _key, _list, _output, _quiet, _filters);
        SetAction(RunAsync);
    }

    public override IReadOnlyList<string> Examples =>
    [
        "shacache download -c slapos.cfg -u https://example.org/foo-1.2.tar.gz -o foo-1.2.tar.gz",
        "shacache download -c slapos.cfg -k my-build:nightly | tar xz",
        "shacache download -c slapos.cfg -k my-build:nightly -l",
        "shacache download -c slapos.cfg -k my-build:nightly 'version>=[4,2]' 'version<<Infinity' 'os==[\"debian\",\"12\"]' -o build.tar.gz",
    ];

    public override IReadOnlyList<string> Notes =>
    [
        "OP is one of == <= >= < > << >>. VALUE is JSON; text needs double quotes. Quote filters for the shell.",
        "<< and >> keep the entries with the lowest and highest value below and above VALUE; Infinity and -Infinity are no limit.",
        "Filters apply in order. An entry without KEY drops out; one whose value does not compare is skipped with a warning.",
        "Exit code 3: nothing is listed, trusted or passes. When the digest is wrong, the end of the content is not written, and the exit code is 1.",
    ];

    private async Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        if ((arguments.GetValue(_url) is null) == (arguments.GetValue(_key) is null))
            throw new CommandFailedException(ExitCode.Usage, "say what to download: either --url URL or --key KEY.");
        if (arguments.GetValue(_list) && arguments.GetValue(_output) is not null)
            throw new CommandFailedException(ExitCode.Usage, "give --list or --output, not both: a list goes to the standard output.");
        EntryKey key = KeyArgument.Find(arguments.GetValue(_url), arguments.GetValue(_key))!;
        var filters = new MetadataFilters([.. (arguments.GetValue(_filters) ?? []).Select(ParseFilter)]);
        string? output = arguments.GetValue(_output);
        // A bar would run into the content that is shown in the same window.
        var terminal = new Terminal(arguments.GetValue(_quiet) || (output is null && !Console.IsOutputRedirected));
        NetworkCacheOptions options = _config.Load(arguments) with { OnWarning = terminal.Warn };

        using var client = new NetworkCacheClient(options);
        IReadOnlyList<SelectedEntry> listed = await client.SelectAsync(key, cancellationToken);
        IReadOnlyList<SelectedEntry> trusted = [.. listed.Where(entry => entry.IsTrusted)];
        IReadOnlyList<SelectedEntry> passing = filters.Apply(trusted, entry => entry.Entry.Information, terminal.Warn);
        if (passing.Count == 0)
            throw new CommandFailedException(ExitCode.NotFound, NothingFound.Explain(arguments.GetValue(_url), key, listed, client.TrustedKeys));

        if (arguments.GetValue(_list))
        {
            Console.Out.WriteLine(JsonOutput.Text(new JsonArray([.. passing.Select(entry => JsonOutput.Sorted(entry.Entry.Information))])));
            return ExitCode.Done;
        }

        await terminal.ShowAsync(async progress =>
        {
            if (output is not null)
                return await client.DownloadToFileAsync(passing[0].Entry.Digest, output, progress, cancellationToken);
            await using Stream standardOutput = StandardOutput.Open();
            await using var heldBack = new HeldBackStream(standardOutput);
            DownloadResult result = await client.DownloadAsync(passing[0].Entry.Digest, heldBack, progress, cancellationToken);
            await heldBack.ReleaseAsync(cancellationToken);
            return result;
        });
        return ExitCode.Done;
    }

    private static MetadataFilter ParseFilter(string text)
    {
        if (text.StartsWith('-'))
            throw new CommandFailedException(ExitCode.Usage, $"there is no option '{text}'.");
        return MetadataFilter.TryParse(text, out MetadataFilter? filter, out string? problem)
            ? filter
            : throw new CommandFailedException(ExitCode.Usage, problem);
    }
}
