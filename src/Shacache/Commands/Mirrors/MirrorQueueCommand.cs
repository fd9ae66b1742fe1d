using System.CommandLine;
using System.Text.Json;
using Shacache.Cli.Commands.Accounts;
using Shacache.Cli.Errors;
using Shacache.Cli.Output;
using Shacache.Client.Accounts;
using Shacache.Client.Mirrors;
using Shacache.Core.Upstreams;

namespace Shacache.Cli.Commands.Mirrors;

internal sealed class MirrorQueueCommand : MirrorServerCommand
{
    private const int ShownDigits = 16;

    private readonly Option<bool> _retry = new("--retry") { Description = "Send again at once what was refused, and what failed." };
    private readonly Option<bool> _drop = new("--drop-refused") { Description = "Drop what was refused from the queue. It stays on this server." };

    public MirrorQueueCommand()
        : base("queue", "Show what waits to be sent to upstreams (forward), and what they refused.")
    {
        AddAll(_retry, _drop);
        AddServerOptions();
    }

    public override IReadOnlyList<string> Examples => ["shacache mirror queue --data /var/lib/shacache", "shacache mirror queue --retry"];

    public override IReadOnlyList<string> Notes =>
        ["Shown are the first 1,000, the oldest first. What an upstream answered with 4xx was refused for good, and is sent again only with --retry.", .. base.Notes];

    protected override async Task<int> RunAsync(ParseResult arguments, AccountServer server, CancellationToken cancellationToken)
    {
        using var mirror = new MirrorAdministration(server);
        (bool retry, bool drop) = (arguments.GetValue(_retry), arguments.GetValue(_drop));
        if (retry && drop)
            throw new CommandFailedException(ExitCode.Usage, "give --retry or --drop-refused, not both.");
        if (retry || drop)
        {
            int count = retry ? await mirror.RetryQueueAsync(cancellationToken) : await mirror.DropRefusedAsync(cancellationToken);
            Console.Error.WriteLine(retry ? $"{count} uploads are sent again." : $"{count} refused uploads were dropped from the queue.");
            return ExitCode.Done;
        }

        ForwardReportDocument report = await mirror.ReadQueueAsync(cancellationToken);
        if (arguments.GetValue(Json))
            Console.Out.WriteLine(JsonSerializer.Serialize(report, MirrorDocuments.Default.ForwardReportDocument));
        else
            Write(report);
        return ExitCode.Done;
    }

    private static void Write(ForwardReportDocument report)
    {
        var table = new ResultTable("since", "upstream", "what", "tries", "next", "problem");
        foreach (ForwardItemDocument item in report.Items)
        {
            table.Add(
                AccountCommand.Time(item.QueuedAt),
                item.Upstream,
                item.Key is null ? $"object {item.Sha512[..Math.Min(ShownDigits, item.Sha512.Length)]}" : $"entry {item.Key}",
                $"{item.Attempts}",
                item.DueAt is { } due ? AccountCommand.Time(due) : "refused",
                item.Problem ?? "");
        }

        table.Write();
        Console.Error.WriteLine($"{report.Waiting} waiting, {report.Refused} refused.");
    }
}
