using System.CommandLine;
using System.Text.Json.Nodes;
using Shacache.Cli.Commands.Options;
using Shacache.Cli.Errors;
using Shacache.Cli.Help;
using Shacache.Cli.Output;
using Shacache.Client;
using Shacache.Client.Checksums;
using Shacache.Client.Configuration;
using Shacache.Client.Sources;
using Shacache.Client.Transfers;
using Shacache.Core.Entries;
using Shacache.Core.Messages;
using Shacache.Core.Urls;

namespace Shacache.Cli.Commands.Transfers;

internal sealed class UploadCommand : DocumentedCommand
{
    private readonly ConfigFileOption _config = new();

    private readonly TextOption _file = new("--file", "-f", "FILE", "What to upload: a file, or a folder, which is packed as tar.gz. Without it, what --url names.");

    private readonly TextOption _url = new("--url", "-u", "URL", "The URL by which it is to be found. Without --file it is fetched from there (http, https, file; a local folder is packed).");

    private readonly TextOption _key = new("--key", "-k", "KEY", "The key under which it is to be found, instead of the URL's.");

    private readonly TextOption _metadata = new("--metadata", "-m", "FILE", "A JSON file; the members of its object go into the entry, with their types.");

    private readonly Argument<string[]> _pairs = new("KEY=VALUE")
    {
        Description = "More metadata. VALUE is always text, also when it looks like a number; it wins over --metadata.",
        Arity = ArgumentArity.ZeroOrMore,
    };

    private readonly ChecksumOptions _checksums = new("The {0} that what is fetched from the URL must have.");
    private readonly Option<bool> _force = new("--force") { Description = "Upload a web page, too, where the URL names an archive or another file." };

    private readonly Option<bool> _withCredentials = ClientOptions.WithCredentials();
    private readonly Option<bool> _json = new("--json") { Description = "Print a JSON object instead of the digest alone." };
    private readonly Option<bool> _quiet = ClientOptions.Quiet();

    public UploadCommand()
        : base("upload", "Store a file in the network cache, and list it, signed, so that others find it by its URL or key.")
    {
        AddAll([_config, _file, _url, _key, _metadata, .. _checksums.All, _force, _withCredentials, _json, _quiet, _pairs]);
        SetAction(RunAsync);
    }

    public override IReadOnlyList<string> Examples =>
    [
        "shacache upload -c slapos.cfg -u https://example.org/foo-1.2.tar.gz",
        "shacache upload -c slapos.cfg -f foo-1.2.tar.gz -u https://example.org/foo-1.2.tar.gz file_name=foo-1.2.tar.gz",
        "shacache upload -c slapos.cfg -f build/ -k my-build:nightly -m metadata.json",
    ];

    public override IReadOnlyList<string> Notes =>
    [
        "Prints the SHA-512 digest of what is stored. With neither --url nor --key it is stored, but not listed.",
        "With --url it is listed under file-urlmd5:<md5 of the URL>, and the entry has the URL as its member url.",
        "What may be a part of a file, came over http for an https URL, or is a web page in the place of an archive is not uploaded.",
        "A URL or metadata with a password or token are refused: everybody can read entries. Give --file, and the URL without them.",
        "What the server has already is not sent again. Numbers, lists and the like as metadata: --metadata.",
    ];

    private async Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        string? file = arguments.GetValue(_file);
        string? url = arguments.GetValue(_url);
        if (url is not null && arguments.GetValue(_key) is not null)
            throw new CommandFailedException(ExitCode.Usage, "give --url or --key, not both: an upload is listed once.");
        if (file is null && url is null)
            throw new CommandFailedException(ExitCode.Usage, "say what to upload: --file FILE, or --url URL to have it fetched from there.");
        EntryKey? key = KeyArgument.Find(url, arguments.GetValue(_key));
        JsonObject metadata = MetadataArguments.Read(arguments.GetValue(_metadata), arguments.GetValue(_pairs) ?? [], url, key);
        IReadOnlyList<Checksum> checksums = _checksums.Read(arguments);
        if (file is not null && checksums.Count > 0)
            throw new CommandFailedException(ExitCode.Usage, "checksums are for what is fetched: give them with --url alone.");
        var terminal = new Terminal(arguments.GetValue(_quiet));
        NetworkCacheOptions options = _config.Load(arguments) with
        {
            OnWarning = terminal.Warn,
            AllowCredentialsInEntries = arguments.GetValue(_withCredentials),
        };
        if (key is null && metadata.Count > 0)
            terminal.Warn("the metadata are not used: without --url or --key nothing is listed.");

        if (key is not null && options.Servers.UploadDirectory.Count == 0)
        {
            throw new CommandFailedException(
                ExitCode.Configuration, "nothing is uploaded: upload-dir-url of section [networkcache] is not set, so that it could not be listed.");
        }

        using var client = new NetworkCacheClient(options);
        if (key is not null)
            client.EnsureMayBeListed(key, metadata);
        var source = new UploadSourceOptions { Checksums = checksums, AllowWebPage = arguments.GetValue(_force), WithCredentials = arguments.GetValue(_withCredentials) };
        UploadResult stored = await terminal.ShowAsync(async progress =>
        {
            await using Stream content = await OpenAsync(file, url, options, source, progress, cancellationToken);
            // The buffers of the compression are given back before the transfer takes its own: both together were more than 128 MiB.
            if (Directory.Exists(file))
                GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive);
            return await client.UploadAsync(content, progress, cancellationToken);
        });
        if (key is not null)
            await client.IndexAsync(key, stored.Digest, metadata, cancellationToken);

        Console.Out.WriteLine(arguments.GetValue(_json)
            ? JsonOutput.Text(new JsonObject
            {
                ["sha512"] = stored.Digest.ToString(),
                ["bytes"] = stored.LengthBytes,
                ["already_stored"] = stored.AlreadyStored,
                ["key"] = key?.Value,
            })
            : stored.Digest.ToString());
        return ExitCode.Done;
    }

    private static async Task<Stream> OpenAsync(
        string? file, string? url, NetworkCacheOptions options, UploadSourceOptions source, IProgress<TransferProgress>? progress,
        CancellationToken cancellationToken)
    {
        try
        {
            return file is not null
                ? await UploadSource.OpenFileAsync(file, options, source with { Url = url }, progress, cancellationToken)
                : await UploadSource.OpenUrlAsync(url!, options, source, progress, cancellationToken);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CommandFailedException(ExitCode.Error, $"cannot read what is to be uploaded, {file ?? UrlSecrets.Redact(url!)}: {FileTrouble.Explain(e, file)}.", e);
        }
        catch (FormatException e)
        {
            throw new CommandFailedException(ExitCode.Usage, $"{e.Message} To upload a file and list it under a URL, give both --file and --url.", e);
        }
    }
}
