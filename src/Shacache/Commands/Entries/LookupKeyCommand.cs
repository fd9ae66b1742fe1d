using System.CommandLine;
using System.Text.Json.Nodes;
using Shacache.Cli.Errors;
using Shacache.Cli.Output;
using Shacache.Client;
using Shacache.Client.Configuration;
using Shacache.Client.Entries;
using Shacache.Core.Entries;

namespace Shacache.Cli.Commands.Entries;

internal sealed class LookupKeyCommand : LookupCommand
{
    private readonly Argument<string> _key = new("KEY") { Description = "The key, such as file-urlmd5:0cc175b9c0f1b6a831c399e269772661." };

    public LookupKeyCommand()
        : base("key", "Show all entries under a key, and whether each is trusted, and why not.") => Add(_key);

    public override IReadOnlyList<string> Examples => ["shacache lookup key -c slapos.cfg my-build:nightly"];

    public override IReadOnlyList<string> Notes => ["Exit code 3: nothing is listed."];

    protected override async Task ShowAsync(ParseResult arguments, NetworkCacheOptions options, bool asJson, CancellationToken cancellationToken)
    {
        if (!EntryKey.TryCreate(arguments.GetRequiredValue(_key), out EntryKey? key, out string? problem))
            throw new CommandFailedException(ExitCode.Usage, $"that is no key: {problem}");
        using var client = new NetworkCacheClient(options);
        IReadOnlyList<SelectedEntry> entries = await client.SelectAsync(key, cancellationToken);
        if (entries.Count == 0)
            throw NothingListed($"key {key}");
        if (asJson)
        {
            Console.Out.WriteLine(JsonOutput.Text(new JsonArray([.. entries.Select(entry => Describe(key, entry))])));
            return;
        }

        var table = new ResultTable("sha512", "created", "trusted?", "why");
        foreach (SelectedEntry entry in entries)
            table.Add(entry.Entry.Digest.ToString(), FindText(entry.Entry, "created"), YesOrNo(entry.IsTrusted), entry.Explanation);
        table.Write();
    }
}
