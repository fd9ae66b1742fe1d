using System.CommandLine;
using System.Text.Json.Nodes;
using Shacache.Cli.Commands.Options;
using Shacache.Cli.Errors;
using Shacache.Cli.Help;
using Shacache.Cli.Output;
using Shacache.Client.Binaries;
using Shacache.Client.Relocation.Reports;
using Shacache.Core.Messages;
using Shacache.Core.Urls;

namespace Shacache.Cli.Commands.Binaries;

internal sealed class BinaryCheckCommand : DocumentedCommand
{
    private const int ShownObstacles = 50;

    private readonly Argument<string> _release = new("RELEASE") { Description = "The folder of a built release, or the URL of one that is published." };
    private readonly ConfigFileOption _config = new();

    private readonly TextOption _root = new("--root", "DIR", "The root that it would be moved to. Default: any that is not longer than the one it was built under.");

    private readonly Option<string?> _platform = BinaryCommand.Platform("The platform that it would be installed on");
    private readonly Option<bool> _json = new("--json") { Description = "Print a JSON object instead of a report." };

    public BinaryCheckCommand()
        : base("check", "Say whether a software release would work under another root: how far it moves, what stands in the way, what it needs.")
    {
        AddAll(_config, _root, _platform, _json, _release);
        SetAction(RunAsync);
    }

    public override IReadOnlyList<string> Examples =>
    [
        "shacache binary check /opt/slapgrid/0cc175b9c0f1b6a831c399e269772661",
        "shacache binary check --root /srv/slapgrid --platform x86_64-linux-gnu:debian:11 /opt/slapgrid/0cc175b9c0f1b6a831c399e269772661",
        "shacache binary check -c slapos.cfg --json https://example.org/software/foo/software.cfg",
    ];

    public override IReadOnlyList<string> Notes =>
    [
        "A folder is read as binary publish reads it, and nothing is stored; no slapos.cfg is needed. Of a URL, the documents are read that were published with it.",
        "Exit code 0: it would move; 3: it would not, or nothing trusted tells. How to build so that it always moves is in docs/relocation.md.",
    ];

    private async Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        string release = arguments.GetRequiredValue(_release);
        string? root = arguments.GetValue(_root);
        if (root is not null && !Path.IsPathRooted(root))
            throw new CommandFailedException(ExitCode.Usage, $"--root '{Printable.Of(root)}' is not an absolute path.");
        ReleaseReport report = release.Contains("://", StringComparison.Ordinal)
            ? await FindAsync(arguments, release, root, cancellationToken)
            : await ReadAsync(arguments, release, root, cancellationToken);
        if (arguments.GetValue(_json))
            Console.Out.WriteLine(JsonOutput.Text(Describe(report)));
        else
            Write(report);
        return report.WouldMove ? ExitCode.Done : ExitCode.NotFound;
    }

    private async Task<ReleaseReport> ReadAsync(ParseResult arguments, string folder, string? root, CancellationToken cancellationToken)
    {
        string name = Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder)));
        if (!ReleaseCheck.IsReleaseName(name))
            throw new CommandFailedException(ExitCode.Usage, $"'{Printable.Of(folder)}' is not the folder of a release: its name is not the MD5 of a URL.");
        return await ReleaseCheck.ReadAsync(folder, root, BinaryCommand.Options(null, arguments.GetValue(_platform)).Platform, cancellationToken);
    }

    private async Task<ReleaseReport> FindAsync(ParseResult arguments, string url, string? root, CancellationToken cancellationToken)
    {
        var terminal = new Terminal(quiet: true);
        var cache = new BinaryCache(_config.Load(arguments) with { OnWarning = terminal.Warn }, BinaryCommand.Options(null, arguments.GetValue(_platform)));
        try
        {
            return await cache.CheckAsync(url, root, cancellationToken)
                ?? throw new CommandFailedException(ExitCode.NotFound, $"no trusted entry of {UrlSecrets.Redact(url)} has a relocation map: it was published by a program that makes none.");
        }
        catch (FormatException e)
        {
            throw new CommandFailedException(ExitCode.Error, $"the documents of {UrlSecrets.Redact(url)} cannot be read: {e.Message}", e);
        }
    }

    private static void Write(ReleaseReport report)
    {
        string where = report.WantedRoot is { } wanted ? $"to {Printable.Of(wanted)}" : "to a root that is not longer";
        Console.Out.WriteLine($"Built under:  {Printable.Of(report.BuiltRoot)}/{report.Folder}");
        Console.Out.WriteLine($"Would move:   {(report.WouldMove ? "yes" : "no")}, {where}");
        Console.Out.WriteLine($"Longest root: {Longest(report)}");
        Console.Out.WriteLine($"Path in:      {report.Files} files ({string.Join(", ", report.Forms.Select(form => $"{form.Count} {form.Form}"))}), {report.LivePlaces} places in use, {report.DeadPlaces} not");
        if (report.Mismatch is { } mismatch)
            Console.Out.WriteLine($"Platform:     {Printable.Of(mismatch)}");
        WriteTable("What stands in the way", report.WouldMove ? report.Obstacles : [.. report.Refusals, .. report.Obstacles.Except(report.Refusals)]);
        WriteTable("Needs of the root outside of the release", report.Neighbours);
        WriteTable("Not looked at", report.Notes);
        if (report.Needs.Count > 0)
        {
            Console.Out.WriteLine();
            Console.Out.WriteLine("Needs of the machine:");
            foreach (string need in report.Needs)
                Console.Out.WriteLine($"  {Printable.Of(need)}");
        }
    }

    private static void WriteTable(string title, IReadOnlyList<Obstacle> items)
    {
        if (items.Count == 0)
            return;
        Console.Out.WriteLine();
        Console.Out.WriteLine(items.Count > ShownObstacles ? $"{title} (the first {ShownObstacles} of {items.Count}; --json has all):" : $"{title}:");
        var table = new ResultTable("file", "component", "finding");
        foreach (Obstacle item in items.Take(ShownObstacles))
            table.Add(item.File, item.Component, item.Remedy is null ? item.Reason : $"{item.Reason} -> {item.Remedy}");
        table.Write();
    }

    private static string Longest(ReleaseReport report) => report.LongestRoot switch
    {
        null => "any",
        0 => "none, it cannot be moved",
        { } bytes => $"{bytes} bytes",
    };

    private static JsonObject Describe(ReleaseReport report) => new()
    {
        ["would_move"] = report.WouldMove,
        ["built_root"] = report.BuiltRoot,
        ["folder"] = report.Folder,
        ["wanted_root"] = report.WantedRoot,
        ["longest_root"] = report.LongestRoot,
        ["mismatch"] = report.Mismatch,
        ["files"] = report.Files,
        ["live_places"] = report.LivePlaces,
        ["dead_places"] = report.DeadPlaces,
        ["forms"] = new JsonObject(report.Forms.Select(form => KeyValuePair.Create<string, JsonNode?>(form.Form, form.Count))),
        ["obstacles"] = Describe(report.Obstacles),
        ["outside"] = Describe(report.Neighbours),
        ["notes"] = Describe(report.Notes),
        ["needs"] = new JsonArray([.. report.Needs.Select(need => JsonValue.Create(need))]),
    };

    private static JsonArray Describe(IReadOnlyList<Obstacle> items) => new([.. items.Select(item => new JsonObject
    {
        ["file"] = item.File,
        ["component"] = item.Component,
        ["reason"] = item.Reason,
        ["remedy"] = item.Remedy,
        ["longest_root"] = item.LongestRoot,
    })]);
}
