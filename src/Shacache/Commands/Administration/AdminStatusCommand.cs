using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Shacache.Cli.Commands.Accounts;
using Shacache.Cli.Errors;
using Shacache.Cli.Output;
using Shacache.Client.Accounts;
using Shacache.Client.Stores;
using Shacache.Core.Stores;

namespace Shacache.Cli.Commands.Administration;

internal sealed class AdminStatusCommand : StoreCommand
{
    private const string NoAnswer = "unknown, the stores do not answer";

    public AdminStatusCommand()
        : base("status", "Show how a server is doing: room, eviction, database, upstreams, queues and certificates.") => AddServerOptions();

    public override IReadOnlyList<string> Examples => ["shacache admin status --data /var/lib/shacache", "shacache admin status --url https://cache.example.org --json"];

    public override IReadOnlyList<string> Notes =>
    [
        "Counts are since the start of the server; what was stored in the last seconds may be missing. Exit code 1: the server is not able to serve, or has no room.",
        .. base.Notes,
    ];

    protected override async Task<int> RunAsync(ParseResult arguments, AccountServer server, CancellationToken cancellationToken)
    {
        using var client = new StatusClient(server);
        StatusDocument status = await client.ReadAsync(cancellationToken);
        if (arguments.GetValue(Json))
            Console.Out.WriteLine(JsonSerializer.Serialize(status, StatusDocuments.Default.StatusDocument));
        else
            Write(status);
        return status.Health is null && status.Store is { Exhausted: null } ? ExitCode.Done : ExitCode.Error;
    }

    private static void Write(StatusDocument status)
    {
        var table = new ResultTable("part", "state");
        foreach ((string part, string state) in Describe(status))
            table.Add(part, state);
        table.Write();
    }

    /// <summary>One row for each part; features add theirs where it belongs.</summary>
    private static IEnumerable<(string Part, string State)> Describe(StatusDocument status)
    {
        yield return ("health", status.Health ?? "ok");
        yield return ("version", status.Version);
        yield return ("server", status.IsServing ? $"up for {Time(TimeSpan.FromSeconds(status.UptimeSeconds))}, since {AccountCommand.Time(status.StartedAt)}" : "not running");
        foreach ((string Part, string State) row in DescribeStore(status))
            yield return row;
        if (status.Scrub is { } scrub)
            yield return ("scrub", $"{Describe(scrub)}; {scrub.Damaged} damaged and missing, {scrub.Healed} healed");
        if (status.Saved is { } saved)
        {
            yield return (
                "saved, 30 days",
                $"{Amount.Of(saved.Bytes)}, builds of {Time(TimeSpan.FromSeconds(saved.BuildSeconds))}, downloads of {Time(TimeSpan.FromSeconds(saved.DownloadSeconds))}");
        }

        foreach (UpstreamStatus upstream in status.Upstreams)
            yield return ($"upstream {upstream.Name}", upstream.State);
        yield return ("forward queue", $"{status.Forward.Waiting} waiting, {status.Forward.Refused} refused");
        yield return ("queues", string.Join(", ", status.Queues.Where(queue => queue.Name != "forward").Select(queue => $"{queue.Name} {queue.Length}")));
        foreach (CertificateStatus certificate in status.Certificates)
            yield return ($"certificate {certificate.Name}", $"{Remaining(certificate.EndsAt - TimeProvider.System.GetUtcNow())}, {AccountCommand.Time(certificate.EndsAt)}");
    }

    private static string Describe(ScrubStatus scrub) => (scrub.BeganAt, scrub.EndedAt) switch
    {
        (null, _) => "not begun yet",
        ({ } began, null) => $"runs since {AccountCommand.Time(began)}",
        (_, { } ended) => $"ended {AccountCommand.Time(ended)}",
    };

    private static IEnumerable<(string Part, string State)> DescribeStore(StatusDocument status)
    {
        if (status.Store is not { } store || status.Evicted is not { } evicted || status.Database is not { } database)
        {
            yield return ("store", NoAnswer);
            yield break;
        }

        string size = store.LimitBytes is { } limit ? $"{Amount.Of(store.Bytes, limit)} ({Percent(store.Bytes, limit)})" : $"{Amount.Of(store.Bytes)}, no limit";
        yield return ("store", $"{Counted.Of(store.Objects, "object")}, {size}");
        yield return ("room", store.Exhausted switch
        {
            "limit" => "none, and nothing may go (max-store-size)",
            "disk" => "none, and nothing may go (min-free-space)",
            _ => "yes",
        });
        yield return ("protected", Amount.Of(store.ProtectedBytes));
        string age = evicted.LastAgeSeconds is { } seconds ? $", the last unused for {Time(TimeSpan.FromSeconds(seconds))}" : "";
        yield return ("evicted", $"{Counted.Of(evicted.Objects, "object")}, {Amount.Of(evicted.Bytes)}{age}");
        if (status.Disk is { } disk)
            yield return ("disk", $"{Amount.Of(disk.FreeBytes, disk.TotalBytes)} free ({Percent(disk.FreeBytes, disk.TotalBytes)})");
        yield return ("database", $"{Amount.Of(database.Bytes)}, log {Amount.Of(database.LogBytes)}");
    }

    private static string Percent(long part, long whole) => string.Create(CultureInfo.InvariantCulture, $"{(whole == 0 ? 0 : 100.0 * part / whole):0} %");

    private static string Remaining(TimeSpan time) => time < TimeSpan.Zero ? "expired" : $"ends in {Time(time)}";

    /// <summary>The two largest units that matter, such as <c>3 d 4 h</c>.</summary>
    private static string Time(TimeSpan time) =>
        time.TotalDays >= 1 ? $"{time.Days} d {time.Hours} h" : time.TotalHours >= 1 ? $"{time.Hours} h {time.Minutes} min" : time.TotalMinutes >= 1 ? $"{time.Minutes} min" : $"{time.Seconds} s";
}
