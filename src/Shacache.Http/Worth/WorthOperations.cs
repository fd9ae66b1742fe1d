using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Shacache.Core;
using Shacache.Core.Blobs;
using Shacache.Core.Entries;
using Shacache.Core.Savings;
using Shacache.Http.Access;
using Shacache.Http.Answers;
using Shacache.Http.Entries;

namespace Shacache.Http.Worth;

/// <summary>Tells operators what the cache saves, and what it is full of (docs/protocol.md, "Stores").</summary>
internal sealed class WorthOperations(IDatabase database, TimeProvider time) : IDisposable
{
    private const int UsualDays = 30;
    private const int UsualLimit = 20;
    private const int MaxLimit = 1000;

    /// <summary>One look at the whole index at a time is enough.</summary>
    private readonly SemaphoreSlim _turn = new(1);

    public async ValueTask ReadSavingsAsync(HttpContext context)
    {
        IQueryCollection query = context.Request.Query;
        SavingsBy? by = query["by"].ToString() switch
        {
            "" or "cache" => SavingsBy.Cache,
            "day" => SavingsBy.Day,
            "prefix" => SavingsBy.Prefix,
            _ => null,
        };
        if (by is not { } known)
        {
            await UploadRefusal.WriteAsync(context, Malformed("by is none of day, cache and prefix."));
            return;
        }

        DateOnly since = DateOnly.FromDateTime(time.GetUtcNow().UtcDateTime).AddDays(1 - UsualDays);
        if (query["since"] is [{ } day] && !DateOnly.TryParseExact(day, "O", CultureInfo.InvariantCulture, DateTimeStyles.None, out since))
        {
            await UploadRefusal.WriteAsync(context, Malformed("since is no day such as 2026-11-22."));
            return;
        }

        IReadOnlyList<Saving> rows = await database.Savings.ReadAsync(known, since, context.RequestAborted);
        Saving total = (await database.Savings.ReadAsync(SavingsBy.Nothing, since, context.RequestAborted))[0];
        var document = new SavingsDocument(
            since.ToString("O", CultureInfo.InvariantCulture), [.. rows.Select(SavingDocument.Of)], SavingDocument.Of(total));
        await JsonAnswer.WriteAsync(context, StatusCodes.Status200OK, document, SavingsDocuments.Default.SavingsDocument);
    }

    public ValueTask FindTopAsync(HttpContext context)
    {
        IQueryCollection query = context.Request.Query;
        int limit = UsualLimit;
        if (query["limit"] is [{ } number] && !(int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out limit) && limit is >= 1 and <= MaxLimit))
            return UploadRefusal.WriteAsync(context, Malformed($"limit is no number from 1 to {MaxLimit}."));
        CancellationToken cancellationToken = context.RequestAborted;
        return query["by"].ToString() switch
        {
            "" or "largest" => WriteObjectsAsync(BlobTop.Largest),
            "most-read" => WriteObjectsAsync(BlobTop.MostRead),
            "never-read" => WriteObjectsAsync(BlobTop.NeverRead),
            "prefix" => WriteGroupsAsync(BlobGrouping.Prefix),
            "account" => WriteGroupsAsync(BlobGrouping.Account),
            _ => UploadRefusal.WriteAsync(context, Malformed("by is none of largest, most-read, never-read, prefix and account.")),
        };

        ValueTask WriteObjectsAsync(BlobTop by) =>
            JsonAnswer.WriteSlowlyAsync(context, FindObjectsAsync(by, limit, cancellationToken), SavingsDocuments.Default.TopObjectsDocument);

        ValueTask WriteGroupsAsync(BlobGrouping by) =>
            JsonAnswer.WriteSlowlyAsync(context, FindGroupsAsync(by, limit, cancellationToken), SavingsDocuments.Default.TopGroupsDocument);
    }

    public void Dispose() => _turn.Dispose();

    private static Problem Malformed(string line) => EntryProblems.Malformed(line);

    private async Task<TopObjectsDocument> FindObjectsAsync(BlobTop by, int limit, CancellationToken cancellationToken)
    {
        IReadOnlyList<BlobUsage> found = await InTurnAsync(() => database.BlobIndex.FindTopAsync(by, limit, cancellationToken), cancellationToken);
        List<TopObjectDocument> objects = new(found.Count);
        foreach (BlobUsage usage in found)
        {
            objects.Add(new TopObjectDocument(
                usage.Digest.ToString(), usage.LengthBytes, usage.Uses, usage.StoredAt, usage.Uses > 0 ? usage.LastUsedAt : null,
                await FindKeyAsync(usage.Digest, cancellationToken)));
        }

        return new TopObjectsDocument(objects);
    }

    private async Task<TopGroupsDocument> FindGroupsAsync(BlobGrouping by, int limit, CancellationToken cancellationToken)
    {
        IReadOnlyList<BlobGroup> found = await InTurnAsync(() => database.BlobIndex.FindTopGroupsAsync(by, limit, cancellationToken), cancellationToken);
        return new TopGroupsDocument([.. found.Select(group => new TopGroupDocument(group.Name, group.Count, group.LengthBytes, group.Uses))]);
    }

    private async ValueTask<string?> FindKeyAsync(Digest digest, CancellationToken cancellationToken)
    {
        await foreach (StoredEntry stored in database.Entries.FindByDigestAsync(digest, cancellationToken))
        {
            if (!ReservedKeys.Contain(stored.Key))
                return stored.Key.Value;
        }

        return null;
    }

    private async Task<T> InTurnAsync<T>(Func<ValueTask<T>> look, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            // Not on the thread of the request, which has others to serve.
            return await Task.Run(() => look().AsTask(), cancellationToken);
        }
        finally
        {
            _turn.Release();
        }
    }
}

/// <summary>Adds what operators ask about the worth of content.</summary>
internal static class WorthExtensions
{
    public static void AddWorth(this IServiceCollection services)
    {
        services.AddSingleton<WorthOperations>();
        services.AddStoreOperation<WorthOperations>("GET", "savings", worth => worth.ReadSavingsAsync);
        services.AddStoreOperation<WorthOperations>("GET", "top", worth => worth.FindTopAsync);
    }
}
