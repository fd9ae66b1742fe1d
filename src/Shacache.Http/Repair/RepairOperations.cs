using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Shacache.Core.Blobs;
using Shacache.Core.Blobs.Repair;
using Shacache.Http.Access;
using Shacache.Http.Answers;
using Shacache.Http.Pages.Overview;
using Shacache.Http.Requests;

namespace Shacache.Http.Repair;

/// <summary>Comparison with the digests, check and backup of the stores (docs/protocol.md, "Stores").</summary>
internal sealed class RepairOperations(IEnumerable<IStoreRepair> stores, IHostApplicationLifetime lifetime)
{
    private static readonly TimeSpan ProgressInterval = TimeSpan.FromSeconds(1);

    private static readonly Problem NotLocal = new(
        StatusCodes.Status403Forbidden, "A backup is written on the server's machine, and so is asked for there only: 'shacache admin backup DIR --data DIR'.");

    private static readonly Problem NoStores = new(StatusCodes.Status404NotFound, "The stores of this server are not looked after by it.");

    public async ValueTask DescribeScrubAsync(HttpContext context)
    {
        if (stores.FirstOrDefault() is { } store)
            await JsonAnswer.WriteAsync(context, StatusCodes.Status200OK, await store.DescribeScrubAsync(context.RequestAborted), RepairDocuments.Default.ScrubStateDocument);
        else
            await UploadRefusal.WriteAsync(context, NoStores);
    }

    public ValueTask ScrubAsync(HttpContext context)
    {
        string sought = context.Request.Query["sha512"].ToString();
        string rate = context.Request.Query["rate"].ToString();
        Digest? digest = Digest.TryParse(sought, out Digest parsed) ? parsed : null;
        if (sought.Length > 0 && digest is null)
            return UploadRefusal.WriteAsync(context, Malformed($"sha512 has {Digest.HexLength} hexadecimal digits."));
        long bytesPerSecond = 0;
        if (rate.Length > 0 && (!long.TryParse(rate, NumberStyles.None, CultureInfo.InvariantCulture, out bytesPerSecond) || bytesPerSecond < 1))
            return UploadRefusal.WriteAsync(context, Malformed("rate is a number of bytes per second, at least 1."));
        return RunAsync(context, async (store, tally, token) =>
            new RepairLineDocument(Scrub: await store.ScrubAsync(digest, rate.Length > 0 ? bytesPerSecond : null, tally, token)));
    }

    public ValueTask CheckAsync(HttpContext context) =>
        RunAsync(context, async (store, tally, token) => new RepairLineDocument(Check: await store.CheckAsync(tally, token)));

    public ValueTask BackupAsync(HttpContext context)
    {
        if (!ConnectionOrigin.IsOperator(context))
            return UploadRefusal.WriteAsync(context, NotLocal);
        string folder = context.Request.Query["to"].ToString();
        if (!Path.IsPathFullyQualified(folder))
            return UploadRefusal.WriteAsync(context, Malformed("to is the whole path of a folder."));
        bool isLinked = context.Request.Query["link"] == "true";
        return RunAsync(context, async (store, tally, token) => new RepairLineDocument(Backup: await store.BackupAsync(folder, isLinked, tally, token)));
    }

    private static Problem Malformed(string problem) => new(StatusCodes.Status400BadRequest, problem);

    /// <summary>Answers with a line of JSON each second, so that people see how far it is and no proxy takes it for dead, and at the end with one that says what it came to.</summary>
    private async ValueTask RunAsync(HttpContext context, Func<IStoreRepair, RepairTally, CancellationToken, Task<RepairLineDocument>> run)
    {
        if (stores.FirstOrDefault() is not { } store)
        {
            await UploadRefusal.WriteAsync(context, NoStores);
            return;
        }

        context.Response.ContentType = "application/jsonl";
        context.Response.Headers.CacheControl = "no-store";
        var tally = new RepairTally();

        // The end of the server does not wait for it.
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, lifetime.ApplicationStopping);
        Task<RepairLineDocument> running = TellAsync(() => run(store, tally, stop.Token));
        try
        {
            while (await Task.WhenAny(running, Task.Delay(ProgressInterval)) != running)
            {
                await WriteAsync(context, new RepairLineDocument(
                    Progress: new RepairProgressDocument(tally.Stage, tally.Bytes, tally.TotalBytes, tally.Objects, tally.Damaged)));
            }

            await WriteAsync(context, await running);
        }
        finally
        {
            // A client that hung up ends it.
            await stop.CancelAsync();
            await Task.WhenAny(running);
        }
    }

    /// <summary>What fails by then has its status already.</summary>
    private static async Task<RepairLineDocument> TellAsync(Func<Task<RepairLineDocument>> run)
    {
        try
        {
            return await run();
        }
        catch (Exception e) when (e is StoreRefusalException or BlobStoreException)
        {
            return new RepairLineDocument(Problem: e.Message.ReplaceLineEndings(" "));
        }
        catch (OperationCanceledException)
        {
            return new RepairLineDocument(Problem: "It was stopped before its end: the server stops.");
        }
    }

    private static async ValueTask WriteAsync(HttpContext context, RepairLineDocument line)
    {
        byte[] text = JsonSerializer.SerializeToUtf8Bytes(line, RepairDocuments.Default.RepairLineDocument);
        await context.Response.BodyWriter.WriteAsync(new ReadOnlyMemory<byte>([.. text, (byte)'\n']), context.RequestAborted);
    }
}

/// <summary>Adds what an operator asks about damage and copies.</summary>
internal static class RepairExtensions
{
    public static void AddRepair(this IServiceCollection services)
    {
        services.AddSingleton<RepairOperations>();
        services.AddSingleton<IOverviewPart, RepairPart>();
        services.AddStoreOperation<RepairOperations>("GET", "scrub", operations => operations.DescribeScrubAsync);
        services.AddStoreOperation<RepairOperations>("POST", "scrub", operations => operations.ScrubAsync);
        services.AddStoreOperation<RepairOperations>("POST", "check", operations => operations.CheckAsync);
        services.AddStoreOperation<RepairOperations>("POST", "backup", operations => operations.BackupAsync);
    }
}
