using System.CommandLine;
using System.Text.Json.Nodes;
using Shacache.Cli.Errors;
using Shacache.Cli.Help;
using Shacache.Cli.Output;
using Shacache.Client.Bundles;
using Shacache.Client.Configuration;

namespace Shacache.Cli.Commands.Bundles;

internal sealed class BundleImportCommand : DocumentedCommand
{
    private readonly BundleOptions _common = new("upload-cache-url", "upload-dir-url");

    private readonly Argument<string> _file = new("FILE") { Description = "The bundle." };

    private readonly Option<bool> _check = new("--check") { Description = "Verify everything and import nothing. No server is asked." };
    private readonly Option<bool> _onlyTrusted = new("--only-trusted") { Description = "Refuse entries that CFG does not trust." };

    private readonly Option<bool> _allowUntrusted = new("--allow-untrusted") { Description = "Take a bundle that no certificate in CFG vouches for. Digests are compared all the same." };

    public BundleImportCommand()
        : base("import", "Verify a bundle, then give a server what it lacks of it.")
    {
        AddAll(_file, _check, _onlyTrusted, _allowUntrusted);
        _common.AddTo(this);
        SetAction(RunAsync);
    }

    public override IReadOnlyList<string> Examples =>
    [
        "shacache bundle import -c slapos.cfg --check site.bundle",
        "shacache bundle import -c slapos.cfg site.bundle",
        "shacache bundle import -c slapos.cfg --cache-url http://localhost:8080/shacache --dir-url http://localhost:8080/shadir site.bundle",
    ];

    public override IReadOnlyList<string> Notes =>
    [
        "Everything is verified before anything is sent. What is damaged is refused by name, and all else is imported; then the exit code is 1.",
        "Nothing on the server is replaced. Entries that it has under the same keys stay, and are listed after the imported ones, which are newer there.",
        "An import that was interrupted is simply done again: only what is missing is sent.",
    ];

    private async Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        string path = arguments.GetRequiredValue(_file);
        bool json = _common.Json(arguments);
        Terminal terminal = _common.Terminal(arguments);
        var refusals = new RefusalList(terminal, json);
        var import = new BundleImportOptions
        {
            AllowUntrusted = arguments.GetValue(_allowUntrusted),
            OnlyTrustedEntries = arguments.GetValue(_onlyTrusted),
            Jobs = _common.Jobs(arguments),
            OnRefused = refusals.Add,
        };
        NetworkCacheOptions options = _common.Read(
            arguments, terminal, (servers, cache, directory) => servers with { UploadCache = [cache], UploadDirectory = [directory] });
        var importer = new BundleImporter(options, import);
        if (arguments.GetValue(_check))
        {
            BundleCheckResult check = await terminal.ShowAsync(progress => importer.CheckAsync(path, progress, cancellationToken));
            Warn(terminal, path, check);
            Console.Out.WriteLine(json ? JsonOutput.Text(ToJson(path, check, refusals)) : ToLine(path, check));
            return check.IsWhole ? ExitCode.Done : ExitCode.Error;
        }

        BundleImportResult result = await terminal.ShowAsync(progress => importer.ImportAsync(path, progress, cancellationToken));
        Warn(terminal, path, result.Check);
        Console.Out.WriteLine(json ? JsonOutput.Text(ToJson(path, result, refusals)) : ToLine(path, result));
        return result.IsComplete ? ExitCode.Done : ExitCode.Error;
    }

    private static void Warn(Terminal terminal, string path, BundleCheckResult check)
    {
        foreach (string damage in check.Damages)
            terminal.Warn($"{path}: {damage}.");
        if (check.Signer is null)
            terminal.Warn($"{path}: no trusted key signed it; what it says of itself is not proven.");
    }

    private static string ToLine(string path, BundleCheckResult check) =>
        $"{path}: {check.AcceptedEntries} of {Counted.Of(check.Entries, "entry", "entries")} may be imported, " +
        $"{Counted.Of(check.Contents, "content")} with {BundleOptions.Size(check.ContentBytes)}, " +
        $"made {check.Created:yyyy-MM-dd HH:mm} from {TextTable.Clean(check.Source)}" +
        Tail((check.RefusedEntries, "refused"), (check.ExpiredEntries, "expired"), (check.UntrustedEntries, "not trusted by this configuration"));

    private static string ToLine(string path, BundleImportResult result) =>
        $"{path}: {Counted.Of(result.AddedEntries, "entry", "entries")} added, {Counted.Of(result.PresentEntries, "was", "were")} there; " +
        $"{Counted.Of(result.UploadedContents, "content")} with {BundleOptions.Size(result.UploadedBytes)} uploaded, " +
        $"{Counted.Of(result.PresentContents, "was", "were")} there" +
        Tail(
            (result.RefusedEntries, "refused"), (result.Check.ExpiredEntries, "expired"), (result.DroppedEntries, "dropped by the server"),
            (result.Check.UntrustedEntries, "not trusted by this configuration"), (result.SharedKeys, $"{(result.SharedKeys == 1 ? "key" : "keys")} had other entries, which stay"));

    private static string Tail(params (int Count, string What)[] parts) =>
        string.Concat(parts.Where(part => part.Count > 0).Select(part => $"; {part.Count} {part.What}")) + ".";

    private static JsonObject ToJson(string path, BundleCheckResult check, RefusalList refusals) => new()
    {
        ["file"] = path,
        ["created"] = check.Created.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'"),
        ["source"] = check.Source,
        ["signed_by"] = check.Signer,
        ["contents"] = check.Contents,
        ["content_bytes"] = check.ContentBytes,
        ["entries"] = check.Entries,
        ["accepted_entries"] = check.AcceptedEntries,
        ["expired_entries"] = check.ExpiredEntries,
        ["untrusted_entries"] = check.UntrustedEntries,
        ["refused_entries"] = check.RefusedEntries,
        ["damages"] = new JsonArray([.. check.Damages.Select(damage => JsonValue.Create(damage))]),
        ["refused"] = refusals.ToJson(),
    };

    private static JsonObject ToJson(string path, BundleImportResult result, RefusalList refusals)
    {
        JsonObject json = ToJson(path, result.Check, refusals);
        json["refused_entries"] = result.RefusedEntries;
        json["added_entries"] = result.AddedEntries;
        json["present_entries"] = result.PresentEntries;
        json["uploaded_contents"] = result.UploadedContents;
        json["uploaded_bytes"] = result.UploadedBytes;
        json["present_contents"] = result.PresentContents;
        json["shared_keys"] = result.SharedKeys;
        json["dropped_entries"] = result.DroppedEntries;
        return json;
    }
}
