using Microsoft.AspNetCore.Http;
using Shacache.Core.Entries;
using Shacache.Core.Upstreams;
using Shacache.Http.Access;
using Shacache.Http.Answers;

namespace Shacache.Http.Entries;

/// <summary>Lists keys page by page (docs/protocol.md, "Listing keys"): at the directory's own URL, where other caches ask, and below <c>/mirror</c>.</summary>
/// <remarks>A key alone says what its owner builds, and a client that has all of them can fetch everything: who may list them is a setting.</remarks>
internal sealed class KeyListing(IEntryStore entries, IUpstreamListings listings, IRelayedKeys upstreams, IOperatorGate gate, ListedEntries visible, EntryOptions options)
{
    /// <summary>Whether a request for the directory itself is one for its keys. Without this it is one for the empty key.</summary>
    public static bool IsAskedFor(HttpRequest request) => request.QueryString.HasValue && request.Query.ContainsKey(KeyRequest.PrefixName);

    /// <summary>Answers a request.</summary>
    public async ValueTask HandleAsync(HttpContext context)
    {
        if (!KeyRequest.TryParse(context.Request.Query, out KeyRequest? request, out string? malformed))
        {
            await UploadRefusal.WriteAsync(context, EntryProblems.Malformed(malformed));
            return;
        }

        if (await FindRefusalAsync(context, asksUpstream: request.Upstream is not null) is { } refusal)
        {
            await UploadRefusal.WriteAsync(context, refusal);
            return;
        }

        (KeyPage? page, IReadOnlyList<Problem> problems) = request.Upstream is null
            ? (await ListAsync(request.Query, context.RequestAborted), [])
            : await upstreams.ListAsync(request, context.RequestAborted);
        await (page is null ? ErrorResponse.WriteAsync(context, problems[0]) : WriteAsync(context, page, problems));
    }

    private static ValueTask WriteAsync(HttpContext context, KeyPage page, IReadOnlyList<Problem> problems) => JsonAnswer.WriteAsync(
        context,
        StatusCodes.Status200OK,
        new KeyPageDocument([.. page.Keys.Select(key => key.Value)], page.Next?.Value, problems.Count == 0 ? null : [.. problems.Select(problem => problem.Line)]),
        MirrorDocuments.Default.KeyPageDocument);

    /// <summary>Why the caller may not list keys; null when they may.</summary>
    /// <param name="context">The request.</param>
    /// <param name="asksUpstream">Whether upstreams are to be asked, with the credentials that this server has there.</param>
    public ValueTask<Problem?> FindRefusalAsync(HttpContext context, bool asksUpstream) => options.KeyListing switch
    {
        KeyListingAudience.Anyone when !asksUpstream => default,
        KeyListingAudience.Accounts when !asksUpstream => gate.FindAccountRefusalAsync(context),
        _ => gate.FindRefusalAsync(context),
    };

    /// <summary>The keys that this server answers for without asking others: those under which something was put here, and those of which upstreams listed something.</summary>
    private async Task<KeyPage> ListAsync(KeyQuery query, CancellationToken cancellationToken)
    {
        KeyPage page = KeyPage.Merge(
            [await entries.ListKeysAsync(query, cancellationToken), await listings.ListKeysAsync(query, cancellationToken)], query.Limit);
        return page.Keys.Any(IsHidden) ? page with { Keys = [.. page.Keys.Where(key => !IsHidden(key))] } : page;

        bool IsHidden(EntryKey key) => ReservedKeys.Contain(key) || visible.IsBlocked(key);
    }
}

/// <summary>Asks upstreams for the keys that they have.</summary>
internal interface IRelayedKeys
{
    /// <returns>One page of the keys of all that answered, null when none did; and what was wrong with the others.</returns>
    Task<(KeyPage? Page, IReadOnlyList<Problem> Problems)> ListAsync(KeyRequest request, CancellationToken cancellationToken);
}

/// <summary>Of a server without upstreams.</summary>
internal sealed class NoRelayedKeys : IRelayedKeys
{
    public Task<(KeyPage? Page, IReadOnlyList<Problem> Problems)> ListAsync(KeyRequest request, CancellationToken cancellationToken) =>
        Task.FromResult<(KeyPage?, IReadOnlyList<Problem>)>((null, [EntryProblems.NoUpstream]));
}

/// <summary>Who may ask a server for the keys that it has.</summary>
public enum KeyListingAudience
{
    /// <summary>Accounts that may administer; without accounts, callers on the server's machine.</summary>
    Administrators,

    /// <summary>Any account that is in force. Without accounts the same as <see cref="Administrators"/>.</summary>
    Accounts,

    /// <summary>Every client.</summary>
    Anyone,
}
