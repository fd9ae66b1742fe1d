using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Shacache.Core.Entries;
using Shacache.Core.Upstreams;
using Shacache.Core.Urls;
using Shacache.Http.Access;
using Shacache.Http.Answers;
using Shacache.Http.Gateway.Origins;
using Shacache.Http.Logging;

namespace Shacache.Http.Gateway;

/// <summary>Lets the cache forget which file belongs to a URL, so that it is fetched anew: <c>POST /mirror/forget?url=…</c> (docs/protocol.md, "Mirrors").</summary>
internal sealed class ForgetOperation(IEntryStore entries, IUploadGate gate, ILogger<ForgetOperation> logger, IUpstreamListings listings)
{
    private const string UrlName = "url";
    private const int MaxLength = 8 * 1024;

    public async ValueTask HandleAsync(HttpContext context)
    {
        string text = context.Request.Query[UrlName].ToString();
        if (text.Length is 0 or > MaxLength || text.AsSpan().ContainsAny('\r', '\n') || !text.Contains("://", StringComparison.Ordinal))
        {
            await UploadRefusal.WriteAsync(context, GatewayProblems.Malformed($"The query has no {UrlName} such as https://example.org/foo-1.0.tar.gz."));
            return;
        }

        int count = await ForgetAsync(text, context.RequestAborted);
        await RecordAsync(context, text, count);
        await JsonAnswer.WriteAsync(context, StatusCodes.Status200OK, new ForgottenDocument(count), MirrorDocuments.Default.ForgottenDocument);
    }

    /// <summary>Forgets a URL.</summary>
    /// <returns>How much there was.</returns>
    public async ValueTask<int> ForgetAsync(string url, CancellationToken cancellationToken)
    {
        int count = 0;
        foreach (EntryKey key in FindKeys(url))
        {
            foreach (StoredEntry stored in await entries.ListAsync(key, cancellationToken))
            {
                if (GatewayEntry.IsNote(stored.Entry, key) && GatewayEntry.ReadNote(stored.Entry).Record is { } record)
                    count += await EntryRemoval.RemoveAsync(entries, record, static _ => true, cancellationToken);
            }

            count += await EntryRemoval.RemoveAsync(entries, key, static _ => true, cancellationToken);
            if (await listings.RemoveAsync(key, cancellationToken))
                count++;
        }

        return count;
    }

    /// <summary>Writes down that something was forgotten.</summary>
    /// <param name="context">The request.</param>
    /// <param name="what">A URL, or a package.</param>
    /// <param name="count">How much there was.</param>
    public async ValueTask RecordAsync(HttpContext context, string what, int count)
    {
        string subject = UrlSecrets.Redact(what.Split('?')[0]);
        Log.Forgotten(logger, subject, count);
        await gate.RecordForgottenAsync(context, subject, count);
    }

    /// <summary>Under the text as it is, as clients list it, and as the gateway reads it, in its every spelling.</summary>
    private static HashSet<EntryKey> FindKeys(string text)
    {
        HashSet<EntryKey> keys = [.. GatewayKeys.AllForClients(text)];
        if (OriginUrl.TryParse(text.Replace("://", "/", StringComparison.Ordinal), out OriginUrl? url, out _))
            keys.UnionWith([.. GatewayKeys.AllForRecords(url), .. GatewayKeys.AllForClients(url.Text)]);
        return keys;
    }
}
