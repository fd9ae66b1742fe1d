using System.CommandLine;
using System.Text.Json.Nodes;
using Shacache.Cli.Commands.Options;
using Shacache.Cli.Errors;
using Shacache.Cli.Help;
using Shacache.Cli.Locks;
using Shacache.Cli.Output;
using Shacache.Client.Bundles;
using Shacache.Client.Configuration;
using Shacache.Client.Mirrors;
using Shacache.Core.Entries;

namespace Shacache.Cli.Commands.Bundles;

internal sealed class BundleExportCommand : DocumentedCommand
{
    private readonly BundleOptions _common = new("download-cache-url", "download-dir-url");

    private readonly Argument<string> _file = new("FILE") { Description = "The file that is to appear, a plain tar. One that exists is not replaced." };

    private readonly TextOption _keys = new("--keys", "FILE", "A file with the keys to export, one a line; '-' is the standard input.");

    private readonly TextOption _prefix = new("--prefix", "TEXT", "Export the keys that begin so; an empty text for all. The server must list its keys to this machine.");

    private readonly TextOption _since = new("--since", "TIME", "Export only keys to which something was added since then, such as 2026-01-31, 2026-01-31T12:00Z or 7d (days ago).");

    private readonly TextOption _lock = new("--lock", "FILE", "Export exactly what this lock file names, with the pages of the index that its installation needs: as for 'shacache remote prefetch'.");

    private readonly TextOption _data = new("--data", "DIR", "With --lock: the data folder of the running server, which fetches what it has not and signs the pages.");

    private readonly TextOption _remote = new("--remote", "NAME", "With --lock: the remote. Default: the first of the type that the lock file is for.");

    private readonly Option<bool> _unsigned = new("--unsigned") { Description = "Make it without a signature when CFG names no private key." };

    public BundleExportCommand()
        : base("export", "Write all entries under some keys, and their content, into one file that can be carried.")
    {
        AddAll(_file, _keys, _prefix, _since, _lock, _data, _remote, _unsigned);
        _common.AddTo(this);
        SetAction(RunAsync);
    }

    public override IReadOnlyList<string> Examples =>
    [
        "shacache bundle export -c slapos.cfg --keys keys.txt site.bundle",
        "shacache bundle export -c slapos.cfg --prefix pypi: --since 2026-01-31 site.bundle",
        "shacache bundle export -c slapos.cfg --lock package-lock.json --data /var/lib/shacache site.bundle",
        "shacache bundle export -c slapos.cfg --keys - --cache-url http://cache.example/shacache --dir-url http://cache.example/shadir site.bundle < keys.txt",
    ];

    public override IReadOnlyList<string> Notes =>
    [
        "Entries are taken as the server lists them, character for character; each content is written once, and verified while it arrives.",
        "The index is signed with signature-private-key-file of CFG. The importing side must have its certificate in signature-certificate-list.",
        "--prefix and --since need a server that lists its keys (its setting key-listing); others are told the keys by --keys.",
        "--lock needs gateway-signing-key of the server; a server that has its certificate in gateway-certificates, and a remote of the same url, then answers from the bundle.",
        "An entry whose content cannot be had is left out and named, and so is a key under which nothing is listed; then the exit code is 1, and the file has all else.",
    ];

    private async Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        string path = arguments.GetRequiredValue(_file);
        string? keys = arguments.GetValue(_keys);
        bool isListed = arguments.GetValue(_prefix) is not null || arguments.GetValue(_since) is not null;
        string? lockFile = arguments.GetValue(_lock);
        if ((keys is null ? 0 : 1) + (isListed ? 1 : 0) + (lockFile is null ? 0 : 1) != 1)
            throw new CommandFailedException(ExitCode.Usage, "say what to export: either --keys FILE, or --lock FILE, or --prefix TEXT, --since TIME or both.");
        if (lockFile is null != arguments.GetValue(_data) is null || (lockFile is null && arguments.GetValue(_remote) is not null))
            throw new CommandFailedException(ExitCode.Usage, "--lock needs --data, the data folder of the server; --data and --remote are for --lock alone.");
        DateTimeOffset? since = arguments.GetValue(_since) is { } text ? PastTime.Read(_since.Name, text) : null;
        bool json = _common.Json(arguments);
        int jobs = _common.Jobs(arguments);
        Terminal terminal = _common.Terminal(arguments);
        NetworkCacheOptions options = _common.Read(
            arguments, terminal, (servers, cache, directory) => servers with { DownloadCache = [cache], DownloadDirectory = [directory] });
        if (keys is not null)
            await KeyFile.CheckAsync(keys, cancellationToken);
        using KeyListing? listing = isListed ? KeyListing.OfDirectory(options) : null;
        LockFetch? fetch = lockFile is null ? null : await FetchAsync(arguments, lockFile, jobs, terminal, cancellationToken);
        IAsyncEnumerable<EntryKey> wanted = listing?.ListAsync(arguments.GetValue(_prefix) ?? "", since, cancellationToken)
            ?? fetch?.Keys.Select(EntryKey.Create).ToAsyncEnumerable()
            ?? KeyFile.ReadAsync(keys!, cancellationToken);

        var refusals = new RefusalList(terminal, json);
        var exporter = new BundleExporter(
            options, new BundleExportOptions { AllowUnsigned = arguments.GetValue(_unsigned), Jobs = jobs, OnRefused = refusals.Add });
        BundleExportResult result = await terminal.ShowAsync(
            progress => exporter.ExportAsync(wanted, path, progress, cancellationToken));
        StandardOutput.ReportOf(path).WriteLine(json ? JsonOutput.Text(ToJson(path, result, refusals)) : ToLine(path, result));
        return result.IsComplete && (fetch is null || fetch.Totals.Failed == 0) ? ExitCode.Done : ExitCode.Error;
    }

    /// <summary>Has the server fetch what it has not, and list all of it with its signature.</summary>
    private async Task<LockFetch> FetchAsync(ParseResult arguments, string lockFile, int jobs, Terminal terminal, CancellationToken cancellationToken)
    {
        LockContent content = await LockFile.ReadAsync(lockFile, cancellationToken);
        var fetch = new LockFetch(RunningServer.Find(arguments.GetValue(_data)!), arguments.GetValue(_remote), sign: true, jobs, terminal);
        await fetch.RunAsync(content, cancellationToken);
        return fetch;
    }

    private static string ToLine(string path, BundleExportResult result) =>
        $"{path}: {Counted.Of(result.Entries, "entry", "entries")} under {Counted.Of(result.Keys, "key")}, " +
        $"{Counted.Of(result.Contents, "content")} with {BundleOptions.Size(result.ContentBytes)}, " +
        (result.Signer is null ? "not signed" : $"signed by {TextTable.Clean(result.Signer)}") +
        (result.IsComplete
            ? "."
            : $"; left out: {Counted.Of(result.RefusedEntries, "entry", "entries")} without content, {Counted.Of(result.EmptyKeys, "key")} without entries, {Counted.Of(result.MissingDocuments, "document")} by which a release is moved.");

    private static JsonObject ToJson(string path, BundleExportResult result, RefusalList refusals) => new()
    {
        ["file"] = path,
        ["bytes"] = result.LengthBytes,
        ["keys"] = result.Keys,
        ["entries"] = result.Entries,
        ["contents"] = result.Contents,
        ["content_bytes"] = result.ContentBytes,
        ["signed_by"] = result.Signer,
        ["refused_entries"] = result.RefusedEntries,
        ["empty_keys"] = result.EmptyKeys,
        ["missing_documents"] = result.MissingDocuments,
        ["refused"] = refusals.ToJson(),
    };
}
