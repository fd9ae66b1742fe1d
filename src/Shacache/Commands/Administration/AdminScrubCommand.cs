using System.CommandLine;
using System.Text.Json;
using Shacache.Cli.Commands.Accounts;
using Shacache.Cli.Commands.Options;
using Shacache.Cli.Configuration.Declaration;
using Shacache.Cli.Errors;
using Shacache.Cli.Output;
using Shacache.Client.Accounts;
using Shacache.Client.Stores;
using Shacache.Core.Blobs;
using Shacache.Core.Blobs.Repair;

namespace Shacache.Cli.Commands.Administration;

/// <summary><c>shacache admin scrub</c>: compares what is stored with its digests.</summary>
internal sealed class AdminScrubCommand : StoreCommand
{
    private readonly TextOption _digest = new("--digest", "D", "Compare this object now.");
    private readonly Option<bool> _now = new("--now") { Description = "Compare everything now, and wait for it." };
    private readonly TextOption _rate = new("--rate", "SIZE", "With --now: read no more than this in a second, such as 100MiB. Default: as fast as it goes.");

    public AdminScrubCommand()
        : base("scrub", "Show how the comparison of what is stored with its digests stands, or compare now.")
    {
        AddAll(_digest, _now, _rate);
        AddServerOptions();
    }

    public override IReadOnlyList<string> Examples => ["shacache admin scrub --data /var/lib/shacache", "shacache admin scrub --now", "shacache admin scrub --now --rate 100MiB"];

    public override IReadOnlyList<string> Notes =>
    [
        "A running server compares everything by itself within scrub-interval. What is damaged is moved to quarantine/, and fetched anew from its upstreams.",
        "Exit code 1: something is damaged and not healed, or could not be compared. 3: the object of --digest is not stored.",
        .. base.Notes,
    ];

    protected override void Check(ParseResult arguments)
    {
        if (arguments.GetValue(_digest) is not null && arguments.GetValue(_now))
            throw new CommandFailedException(ExitCode.Usage, "give --digest or --now, not both: one object is always compared now.");
        if (arguments.GetValue(_rate) is not null && !arguments.GetValue(_now))
            throw new CommandFailedException(ExitCode.Usage, "--rate needs --now; the server's own rate is its setting scrub-rate.");
        ReadDigest(arguments);
        ReadRate(arguments);
    }

    protected override async Task<int> RunAsync(ParseResult arguments, AccountServer server, CancellationToken cancellationToken)
    {
        using var repair = new RepairAdministration(server);
        Digest? digest = ReadDigest(arguments);
        if (digest is null && !arguments.GetValue(_now))
        {
            ScrubStateDocument state = await repair.DescribeScrubAsync(cancellationToken);
            if (arguments.GetValue(Json))
                Console.Out.WriteLine(JsonSerializer.Serialize(state, RepairDocuments.Default.ScrubStateDocument));
            else
                Write(state);
            return state.Damaged == 0 ? ExitCode.Done : ExitCode.Error;
        }

        ScrubReportDocument report = await RepairProgress.ShowAsync(
            "comparing", show => repair.ScrubAsync(digest, ReadRate(arguments), show, cancellationToken));
        if (arguments.GetValue(Json))
            Console.Out.WriteLine(JsonSerializer.Serialize(report, RepairDocuments.Default.ScrubReportDocument));
        else
            Write(report);
        if (digest is not null)
            return report.IsStored == true ? ExitCode.Done : report.Found > 0 || report.DamagedObjects.Any(one => one.Sha512 == digest.ToString()) ? ExitCode.Error : ExitCode.NotFound;
        return report is { Damaged: 0, Unread: 0 } ? ExitCode.Done : ExitCode.Error;
    }

    private static void Write(ScrubStateDocument state)
    {
        Console.Out.WriteLine(state.IntervalSeconds == 0
            ? "By itself: never (scrub-interval is 0)."
            : $"By itself: everything within {new Duration(TimeSpan.FromSeconds(state.IntervalSeconds))}, at {Amount.Of(state.BytesPerSecond)} a second.");
        Console.Out.WriteLine(state.Pass is not { } pass ? "Last pass: none yet."
            : $"{(pass.EndedAt is { } end ? $"Last pass: {AccountCommand.Time(pass.BeganAt)} to {AccountCommand.Time(end)}" : $"Running since {AccountCommand.Time(pass.BeganAt)}")}, " +
              $"{Counted.Of(pass.Objects, "object")} of {Amount.Of(pass.Bytes)}, {pass.Damaged} damaged.");
        Console.Out.WriteLine($"Due: {Counted.Of(state.Due, "object")}.");
        Console.Out.WriteLine($"Damaged and not healed: {state.Damaged}. Healed in the last 90 days: {state.Healed}.");
        if (state.Objects.Count > 0)
            Write(state.Objects);
    }

    private static void Write(ScrubReportDocument report)
    {
        Console.Out.WriteLine(
            $"{Counted.Of(report.Objects, "object")} of {Amount.Of(report.Bytes)} compared: {report.Found} damaged, {report.Healed} healed, {report.Damaged} damaged and not healed" +
            $"{(report.Unread > 0 ? $", {report.Unread} not compared (the server's log says why)" : "")}.");
        if (report.IsStored is { } isStored)
            Console.Out.WriteLine(isStored ? "The object is stored, and right." : "The object is not stored.");
        if (report.DamagedObjects.Count > 0)
            Write(report.DamagedObjects);
    }

    private static void Write(IReadOnlyList<DamagedDocument> objects)
    {
        var table = new ResultTable("object", "found", "state", "reason", "file");
        foreach (DamagedDocument one in objects)
        {
            string state = one.HealedAt is { } healed ? $"healed {AccountCommand.Time(healed)}" : one.Attempts == 0 ? "damaged" : $"damaged, tried {Counted.Of(one.Attempts, "time")}";
            table.Add(one.Sha512, AccountCommand.Time(one.FoundAt), state, one.Reason, one.File ?? "");
        }

        table.Write();
    }

    private Digest? ReadDigest(ParseResult arguments) => arguments.GetValue(_digest) is not { } text ? null
        : Digest.TryParse(text, out Digest digest) ? digest
        : throw new CommandFailedException(ExitCode.Usage, $"--digest: a digest has {Digest.HexLength} hexadecimal digits.");

    private long? ReadRate(ParseResult arguments) => arguments.GetValue(_rate) is not { } text ? null
        : ByteSize.TryParse(text, out ByteSize size) && size.Bytes > 0 ? size.Bytes
        : throw new CommandFailedException(ExitCode.Usage, "--rate: write digits and B, KiB, MiB or GiB, such as 100MiB.");
}
