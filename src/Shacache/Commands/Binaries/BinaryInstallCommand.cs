using System.CommandLine;
using System.Text.Json.Nodes;
using Shacache.Cli.Commands.Options;
using Shacache.Cli.Configuration.Declaration;
using Shacache.Cli.Errors;
using Shacache.Cli.Help;
using Shacache.Cli.Output;
using Shacache.Client.Archives;
using Shacache.Client.Archives.Posix;
using Shacache.Client.Binaries;
using Shacache.Client.Configuration;

namespace Shacache.Cli.Commands.Binaries;

internal sealed class BinaryInstallCommand : DocumentedCommand
{
    private readonly Argument<string> _url = BinaryCommand.SoftwareUrl();
    private readonly ConfigFileOption _config = new();
    private readonly Option<string?> _root = BinaryCommand.Root();
    private readonly Option<string?> _platform = BinaryCommand.Platform();

    private readonly TextOption _maxSize = new("--max-size", "SIZE", "Refuse a release that is larger than this when it is unpacked, such as 20GiB. Default 64GiB.");

    private readonly Option<bool> _allowSetId = new("--allow-set-id") { Description = "Accept and restore set-uid and set-gid bits of files, and capabilities. Without it a release with such bits is refused." };

    private readonly TextOption _owner = new("--owner", "OWNER", "Who is to own all of it, USER or USER:GROUP, by name or number. Default: as root, the owners by name, or else that of the root; otherwise the caller.");

    private readonly Option<bool> _anyRoot = new("--any-root") { Description = "Install what was built for another root and has no relocation map as it is, when there is nothing better: absolute paths in it lead nowhere." };

    private readonly Option<bool> _sameRootOnly = new("--same-root-only") { Description = "Install only what was built for this root. Without it a release of another root is moved to this one." };

    private readonly Option<bool> _noProof = new("--no-proof") { Description = "Install without the proof that programs find their libraries and interpreters here." };

    private readonly TextOption _for = new("--for", "WHAT", "slapgrid: add the file .completed, without which slapgrid builds over the release; nothing: do not. Default: slapgrid when the root is software_root.");

    private readonly Option<bool> _json = new("--json") { Description = "Print a JSON object instead of the folder alone." };
    private readonly Option<bool> _quiet = ClientOptions.Quiet();

    public BinaryInstallCommand()
        : base("install", "Install a software release that was built elsewhere: the first trusted entry that fits this machine, moved to this root if need be.")
    {
        AddAll(_config, _root, _platform, _maxSize, _allowSetId, _owner, _anyRoot, _sameRootOnly, _noProof, _for, _json, _quiet, _url);
        SetAction(RunAsync);
    }

    public override IReadOnlyList<string> Examples =>
    [
        "shacache binary install -c /etc/opt/slapos/slapos.cfg https://example.org/software/foo/software.cfg",
        "shacache binary install -c slapos.cfg --platform x86_64-linux-gnu:debian:12:bookworm https://example.org/software/foo/software.cfg",
    ];

    public override IReadOnlyList<string> Notes =>
    [
        "Prints the folder. It appears whole and verified, or not at all; one that exists already is left alone (exit code 0).",
        "A release of another root is moved while it is extracted: its relocation map says how. What cannot be moved is refused before anything is installed, with a line for each file.",
        "Exit code 3: nothing trusted fits this machine, can be moved to this root, or arrives whole, or the URL is on download-from-binary-cache-url-blacklist. Build it.",
        "For a URL on download-from-binary-cache-force-url-list that is an error, exit code 1: it must not be built.",
    ];

    private async Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        var extraction = new ExtractionOptions { AllowSetId = arguments.GetValue(_allowSetId) };
        if (arguments.GetValue(_maxSize) is { } text)
        {
            extraction = ByteSize.TryParse(text, out ByteSize size)
                ? extraction with { MaxContentBytes = size.Bytes }
                : throw new CommandFailedException(ExitCode.Usage, $"--max-size '{text}' is no size: it must be digits and a unit, such as 20GiB.");
        }

        if (arguments.GetValue(_owner) is { } name)
        {
            extraction = FileOwner.TryParse(name, out FileOwner owner, out string? problem)
                ? extraction with { Owner = owner }
                : throw new CommandFailedException(ExitCode.Usage, problem);
        }

        if (arguments.GetValue(_anyRoot) && arguments.GetValue(_sameRootOnly))
            throw new CommandFailedException(ExitCode.Usage, "--any-root and --same-root-only exclude each other.");
        BinaryCacheOptions binary = BinaryCommand.Options(arguments.GetValue(_root), arguments.GetValue(_platform)) with
        {
            Extraction = extraction,
            AnyRoot = arguments.GetValue(_anyRoot),
            SameRootOnly = arguments.GetValue(_sameRootOnly),
            NoProof = arguments.GetValue(_noProof),
            ForSlapgrid = arguments.GetValue(_for) switch
            {
                null => null,
                "slapgrid" => true,
                "nothing" => false,
                { } other => throw new CommandFailedException(ExitCode.Usage, $"--for '{other}' is not known: it is slapgrid or nothing."),
            },
        };
        var terminal = new Terminal(arguments.GetValue(_quiet));
        NetworkCacheOptions options = _config.Load(arguments) with { OnWarning = terminal.Warn };
        var cache = new BinaryCache(options, binary);
        InstallResult result = await terminal.ShowAsync(progress => cache.InstallAsync(arguments.GetRequiredValue(_url), progress, cancellationToken));
        if (result.Status is InstallStatus.Blacklisted or InstallStatus.NotAvailable)
        {
            throw result.IsForced
                ? new CommandFailedException(
                    ExitCode.Error, $"{result.Explanation} download-from-binary-cache-force-url-list has the URL, so it must not be built.")
                : new CommandFailedException(ExitCode.NotFound, result.Explanation);
        }

        if (result.Status == InstallStatus.AlreadyThere)
            BinaryCommand.Say(result.Explanation);
        Console.Out.WriteLine(arguments.GetValue(_json) ? JsonOutput.Text(Describe(result)) : result.Folder);
        return ExitCode.Done;
    }

    private static JsonObject Describe(InstallResult result) => new()
    {
        ["status"] = result.Status == InstallStatus.Installed ? "installed" : "already-there",
        ["key"] = result.Key.Value,
        ["folder"] = result.Folder,
        ["sha512"] = result.Source?.Selected.Entry.Digest.ToString(),
        ["entries"] = result.Summary?.Entries,
        ["bytes"] = result.Summary?.ContentBytes,
        ["moved_from"] = result.MovedFrom,
    };
}
