using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;
using Shacache.Cli.Commands.Options;
using Shacache.Cli.Errors;
using Shacache.Cli.Help;
using Shacache.Cli.Output;
using Shacache.Client.Configuration;
using Shacache.Client.Entries;
using Shacache.Core.Entries;

namespace Shacache.Cli.Commands.Entries;

/// <summary>Part of <c>shacache lookup</c>: shows what is listed, and changes nothing.</summary>
internal abstract class LookupCommand : DocumentedCommand
{
    private readonly ConfigFileOption _config = new();
    private readonly Option<bool> _json = new("--json") { Description = "Print a JSON array with all that is known instead of a table." };

    protected LookupCommand(string name, string description)
        : base(name, description)
    {
        AddAll(_config, _json);
        SetAction(RunAsync);
    }

    public static Command Create() => new("lookup", "Show what the network cache lists.")
    {
        new LookupBinaryCommand(), new LookupUrlCommand(), new LookupPypiCommand(), new LookupKeyCommand(),
    };

    /// <summary>Looks up and shows.</summary>
    /// <exception cref="CommandFailedException">Nothing is listed.</exception>
    protected abstract Task ShowAsync(ParseResult arguments, NetworkCacheOptions options, bool asJson, CancellationToken cancellationToken);

    protected static string YesOrNo(bool value) => value ? "yes" : "no";

    protected static CommandFailedException NothingListed(string what) =>
        new(ExitCode.NotFound, $"the network cache lists nothing under {what}.");

    /// <summary>What every lookup knows of an entry.</summary>
    protected static JsonObject Describe(EntryKey key, SelectedEntry entry) => new()
    {
        ["key"] = key.Value,
        ["sha512"] = entry.Entry.Digest.ToString(),
        ["trusted"] = entry.IsTrusted,
        ["verdict"] = VerificationReport.Word(entry.Verdict),
        ["explanation"] = entry.Explanation,
        ["signer"] = entry.Signer?.Subject,
        ["information"] = JsonOutput.Sorted(entry.Entry.Information),
    };

    /// <summary>A member of an entry that is a text and not empty; null otherwise.</summary>
    protected static string? FindText(SignedEntry entry, string name)
    {
        using var information = JsonDocument.Parse(entry.Information);
        return information.RootElement.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String &&
            value.GetString() is { Length: > 0 } text
                ? text
                : null;
    }

    private async Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        var terminal = new Terminal(quiet: true);
        NetworkCacheOptions options = _config.Load(arguments) with { OnWarning = terminal.Warn };
        await ShowAsync(arguments, options, arguments.GetValue(_json), cancellationToken);
        return ExitCode.Done;
    }
}
