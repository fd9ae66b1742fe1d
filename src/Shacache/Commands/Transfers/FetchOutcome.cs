using System.Runtime.ExceptionServices;
using System.Text.Json.Nodes;
using Shacache.Cli.Errors;
using Shacache.Cli.Output;
using Shacache.Client.Downloads;
using Shacache.Client.Errors;
using Shacache.Client.Transfers;
using Shacache.Core.Messages;
using Shacache.Core.Urls;

namespace Shacache.Cli.Commands.Transfers;

/// <summary>What became of one file.</summary>
/// <param name="Item">What was asked for.</param>
/// <param name="Result">How it came; null when it did not.</param>
/// <param name="Failure">Why it did not come.</param>
internal sealed record FetchOutcome(FetchItem Item, FetchResult? Result, Exception? Failure)
{
    private string Line => $"{Item.Path}: {Result!.LengthBytes} bytes from the {SourceName}{(Result.Contributed ? ", contributed" : "")}";

    private string SourceName => Result!.Source.ToString().ToLowerInvariant();

    private JsonObject Json => new()
    {
        ["url"] = UrlSecrets.Redact(Item.Url),
        ["file"] = Item.Path,
        ["source"] = Result is null ? null : SourceName,
        ["sha512"] = Result?.Digest.ToString(),
        ["bytes"] = Result?.LengthBytes,
        ["contributed"] = Result?.Contributed ?? false,
        ["error"] = Failure is null ? null : ErrorReport.LineOf(Failure),
    };

    /// <summary>Fetches one file. That it fails does not keep the others from being fetched.</summary>
    public static async Task<FetchOutcome> OfAsync(
        DownloadCache cache, FetchItem item, IProgress<TransferProgress>? progress, CancellationToken cancellationToken)
    {
        try
        {
            return new FetchOutcome(item, await cache.FetchToFileAsync(item.Url, item.Path!, item.Checksums, progress, cancellationToken), null);
        }
        catch (Exception e) when (e is NetworkCacheException or IOException or UnauthorizedAccessException)
        {
            return new FetchOutcome(item, null, e);
        }
    }

    /// <summary>Says what became of all of them.</summary>
    /// <returns>The exit code when all are there.</returns>
    /// <exception cref="Exception">Some are not; its exit code is that of the program.</exception>
    public static int Report(FetchOutcome[] outcomes, bool json, bool quiet)
    {
        TextWriter report = StandardOutput.ReportOf(outcomes.Select(outcome => outcome.Item.Path));
        FetchOutcome[] failed = [.. outcomes.Where(outcome => outcome.Failure is not null)];
        if (json)
        {
            report.WriteLine(JsonOutput.Text(new JsonObject
            {
                ["fetched"] = outcomes.Length - failed.Length,
                ["failed"] = failed.Length,
                ["files"] = new JsonArray([.. outcomes.Select(outcome => outcome.Json)]),
            }));
        }
        else if (!quiet)
        {
            foreach (FetchOutcome outcome in outcomes.Except(failed))
                report.WriteLine(Printable.Of(outcome.Line));
        }

        if (failed.Length == 0)
            return ExitCode.Done;
        if (outcomes.Length == 1)
            ExceptionDispatchInfo.Throw(failed[0].Failure!);
        foreach (FetchOutcome outcome in failed)
            Console.Error.WriteLine($"shacache: {ErrorReport.LineOf(outcome.Failure!)}");
        bool onlyMissing = failed.All(outcome => outcome.Failure is NotCachedException);
        throw new CommandFailedException(
            onlyMissing ? ExitCode.NotFound : ExitCode.Error, $"{failed.Length} of {outcomes.Length} files could not be fetched.");
    }
}
