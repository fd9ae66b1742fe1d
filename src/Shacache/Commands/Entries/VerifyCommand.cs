using System.CommandLine;
using Shacache.Cli.Commands.Options;
using Shacache.Cli.Errors;
using Shacache.Cli.Help;
using Shacache.Cli.Output;
using Shacache.Client;
using Shacache.Client.Configuration;
using Shacache.Client.Entries;
using Shacache.Core.Entries;

namespace Shacache.Cli.Commands.Entries;

internal sealed class VerifyCommand : DocumentedCommand
{
    private readonly ConfigFileOption _config = new();

    private readonly TextOption _url = new("--url", "-u", "URL", "The URL whose entries are verified.");

    private readonly TextOption _key = new("--key", "-k", "KEY", "The key whose entries are verified, instead of the URL's.");

    private readonly Argument<string?> _file = new("ENTRY")
    {
        Description = "A file with one entry [information, signature] or a listing. Without it, the server is asked.",
        Arity = ArgumentArity.ZeroOrOne,
    };

    private readonly Option<bool> _json = new("--json") { Description = "Print a JSON object instead of tables." };

    public VerifyCommand()
        : base("verify", "Explain which entries are trusted, and why: each proof against each trusted certificate.")
    {
        AddAll(_config, _url, _key, _json, _file);
        SetAction(RunAsync);
    }

    public override IReadOnlyList<string> Examples =>
    [
        "shacache verify -c slapos.cfg -u https://example.org/foo-1.2.tar.gz",
        "shacache verify -c slapos.cfg entry.json -k my-build:nightly",
        "shacache verify -c slapos.cfg -k my-build:nightly --json | jq '.entries[].verdict'",
    ];

    public override IReadOnlyList<string> Notes =>
    [
        "signature is what every client verifies (SHA-1), sig2 the stronger one (SHA-512), key what ties the entry to the key it is listed under.",
        "With ENTRY, --key or --url say under which key it was listed; without them nothing is said about that.",
        "Exit code 0: at least one entry is trusted; 3: none is.",
    ];

    private async Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        string? url = arguments.GetValue(_url);
        string? file = arguments.GetValue(_file);
        if (url is not null && arguments.GetValue(_key) is not null)
            throw new CommandFailedException(ExitCode.Usage, "give --url or --key, not both.");
        EntryKey? key = KeyArgument.Find(url, arguments.GetValue(_key));
        if (key is null && file is null)
            throw new CommandFailedException(ExitCode.Usage, "say what to verify: --url URL, --key KEY, or a file with an entry.");
        var terminal = new Terminal(quiet: true);
        NetworkCacheOptions options = _config.Load(arguments) with { OnWarning = terminal.Warn };

        using var client = new NetworkCacheClient(options);
        IReadOnlyList<SelectedEntry> entries = file is null
            ? await client.SelectAsync(key!, cancellationToken)
            : [.. SavedEntries.Read(file, terminal.Warn).Select(entry => client.Judge(key, entry))];
        if (entries.Count == 0)
            throw new CommandFailedException(ExitCode.NotFound, NothingFound.Explain(url, key!, entries, client.TrustedKeys));

        var report = new VerificationReport(key, entries, client.TrustedKeys, options);
        if (arguments.GetValue(_json))
            Console.Out.WriteLine(JsonOutput.Text(report.ToJson()));
        else
            report.Write();
        return entries.Any(entry => entry.IsTrusted) ? ExitCode.Done : ExitCode.NotFound;
    }
}
