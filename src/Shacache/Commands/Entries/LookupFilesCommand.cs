using System.CommandLine;
using System.Text.Json.Nodes;
using Shacache.Cli.Output;
using Shacache.Client;
using Shacache.Client.Configuration;
using Shacache.Client.Entries;
using Shacache.Core.Entries;

namespace Shacache.Cli.Commands.Entries;

/// <summary>A lookup of files: table of name, digest, and whether it is trusted.</summary>
internal abstract class LookupFilesCommand(string name, string description) : LookupCommand(name, description)
{
    /// <summary>What is looked up, for people, and the keys under which it may be, the current form first.</summary>
    protected abstract (string What, IReadOnlyList<EntryKey> Keys) Read(ParseResult arguments);

    protected override async Task ShowAsync(ParseResult arguments, NetworkCacheOptions options, bool asJson, CancellationToken cancellationToken)
    {
        (string what, IReadOnlyList<EntryKey> keys) = Read(arguments);
        using var client = new NetworkCacheClient(options);
        List<(EntryKey Key, SelectedEntry Entry)> found = [];
        foreach (EntryKey key in keys)
            found.AddRange((await client.SelectAsync(key, cancellationToken)).Select(entry => (key, entry)));
        if (found.Count == 0)
            throw NothingListed($"{what} ({(keys.Count == 1 ? "key" : "keys")} {string.Join(" and ", keys)})");
        if (asJson)
        {
            Console.Out.WriteLine(JsonOutput.Text(new JsonArray([.. found.Select(item => Describe(item.Key, item.Entry))])));
            return;
        }

        var table = new ResultTable("name", "sha512", "signed");
        foreach ((_, SelectedEntry entry) in found)
            table.Add(NameOf(entry.Entry), entry.Entry.Digest.ToString(), YesOrNo(entry.IsTrusted));
        table.Write();
    }

    /// <summary>What the uploader called the file; else the end of its URL.</summary>
    private static string? NameOf(SignedEntry entry) =>
        FindText(entry, "file_name") ?? FindText(entry, "basename") ??
        (FindText(entry, "url") is { } url ? url[(url.TrimEnd('/').LastIndexOf('/') + 1)..] : null);
}
