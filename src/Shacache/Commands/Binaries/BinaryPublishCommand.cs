using System.CommandLine;
using System.Text.Json.Nodes;
using Shacache.Cli.Commands.Options;
using Shacache.Cli.Configuration.Declaration;
using Shacache.Cli.Errors;
using Shacache.Cli.Help;
using Shacache.Cli.Output;
using Shacache.Client.Archives;
using Shacache.Client.Binaries;
using Shacache.Client.Configuration;

namespace Shacache.Cli.Commands.Binaries;

internal sealed class BinaryPublishCommand : DocumentedCommand
{
    private readonly Argument<string> _url = BinaryCommand.SoftwareUrl();
    private readonly ConfigFileOption _config = new();
    private readonly Option<string?> _root = BinaryCommand.Root();
    private readonly Option<string?> _platform = BinaryCommand.Platform();
    private readonly Option<bool> _noOwners = new("--no-owners") { Description = "Leave out who owns the files. Without it names and numbers of users and groups are kept." };

    private readonly TextOption _buildTime = new("--build-time", "DURATION", "How long the release took to build, such as 95m: a server may keep longer what took longer, and counts what that saves.");

    private readonly Option<bool> _withCredentials = ClientOptions.WithCredentials();
    private readonly Option<bool> _json = new("--json") { Description = "Print a JSON object instead of the digest alone." };
    private readonly Option<bool> _quiet = ClientOptions.Quiet();

    public BinaryPublishCommand()
        : base("publish", "Pack the folder of a built software release, store it, and list it, signed, for machines like this one.")
    {
        AddAll(_config, _root, _platform, _noOwners, _buildTime, _withCredentials, _json, _quiet, _url);
        SetAction(RunAsync);
    }

    public override IReadOnlyList<string> Examples =>
    [
        "shacache binary publish -c /etc/opt/slapos/slapos.cfg https://example.org/software/foo/software.cfg",
        "shacache binary publish -c slapos.cfg --root /opt/slapgrid https://example.org/software/foo/software.cfg",
        "shacache binary publish --build-time 95m https://example.org/software/foo/software.cfg",
    ];

    public override IReadOnlyList<string> Notes =>
    [
        "Prints the SHA-512 digest of the archive. The same folder gives the same archive, and what is published already is not sent again.",
        "A URL on upload-to-binary-cache-url-blacklist, and a folder that holds a file .shared, are skipped with a line and exit code 0.",
        "Left out: files that hold credentials (.netrc, private keys, ...), with a warning; .completed, the mark of slapgrid.",
        "The archive goes through a nameless file in the root, or in TMPDIR when that is set.",
    ];

    private async Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        BinaryCacheOptions binary = BinaryCommand.Options(arguments.GetValue(_root), arguments.GetValue(_platform)) with
        {
            BuildTime = FindBuildTime(arguments),
            Packing = new ArchiveOptions { KeepOwners = !arguments.GetValue(_noOwners), WithCredentials = arguments.GetValue(_withCredentials) },
        };
        var terminal = new Terminal(arguments.GetValue(_quiet));
        NetworkCacheOptions options = _config.Load(arguments) with
        {
            OnWarning = terminal.Warn,
            AllowCredentialsInEntries = arguments.GetValue(_withCredentials),
        };
        var cache = new BinaryCache(options, binary);
        PublishResult result = await terminal.ShowAsync(progress => cache.PublishAsync(arguments.GetRequiredValue(_url), progress, cancellationToken));
        if (result.Status != PublishStatus.Published)
            BinaryCommand.Say(result.Explanation);
        if (arguments.GetValue(_json))
            Console.Out.WriteLine(JsonOutput.Text(Describe(result)));
        else if (result.Upload is { } upload)
            Console.Out.WriteLine(upload.Digest.ToString());
        return ExitCode.Done;
    }

    private TimeSpan? FindBuildTime(ParseResult arguments)
    {
        if (arguments.GetValue(_buildTime) is not { } text)
            return null;
        return Duration.TryParse(text, out Duration duration) && duration.Time > TimeSpan.Zero
            ? duration.Time
            : throw new CommandFailedException(ExitCode.Usage, $"--build-time: '{TextTable.Clean(text)}' is no time; write it with its unit, such as 40s, 95m or 3h.");
    }

    private static JsonObject Describe(PublishResult result) => new()
    {
        ["status"] = result.Status switch
        {
            PublishStatus.Published => "published",
            PublishStatus.AlreadyPublished => "already-published",
            PublishStatus.Blacklisted => "blacklisted",
            _ => "shared",
        },
        ["key"] = result.Key.Value,
        ["folder"] = result.Folder,
        ["sha512"] = result.Upload?.Digest.ToString(),
        ["bytes"] = result.Upload?.LengthBytes,
        ["already_stored"] = result.Upload?.AlreadyStored,
        ["longest_root"] = result.LongestRoot,
    };
}
