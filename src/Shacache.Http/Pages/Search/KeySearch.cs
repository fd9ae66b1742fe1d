using Shacache.Core.Entries;
using Shacache.Core.Upstreams;
using Shacache.Http.Entries;
using Shacache.Http.Pages.Markup;

namespace Shacache.Http.Pages.Search;

/// <summary>Walks over keys, some at a time: however many there are, a page takes bounded work, and says where the next one begins.</summary>
internal sealed class KeySearch(IEntryStore entries, IUpstreamListings listings, TimeProvider time)
{
    public const int MaxShown = 100;

    /// <summary>A page ends after so long, although it is not full.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(400);

    /// <summary>Keys with a beginning.</summary>
    /// <param name="prefix">The beginning; empty for all.</param>
    /// <param name="holds">What else they hold, in either case; null for nothing.</param>
    /// <param name="after">After which key; null for the first.</param>
    /// <param name="cancellationToken">Stops.</param>
    public async ValueTask<KeyPage> FindAsync(string prefix, string? holds, EntryKey? after, CancellationToken cancellationToken)
    {
        List<EntryKey> found = [];
        long start = time.GetTimestamp();
        EntryKey? place = after;
        do
        {
            var query = new KeyQuery { Prefix = prefix, After = place, Limit = holds is null ? MaxShown : KeyQuery.MaxLimit };
            KeyPage page = KeyPage.Merge([await entries.ListKeysAsync(query, cancellationToken), await listings.ListKeysAsync(query, cancellationToken)], query.Limit);
            place = page.Next;
            foreach (EntryKey key in page.Keys)
            {
                if (ReservedKeys.Contain(key) || (holds is not null && !key.Value.Contains(holds, StringComparison.OrdinalIgnoreCase)))
                    continue;
                if (found.Count == MaxShown)
                    return new KeyPage(found, found[^1]);
                found.Add(key);
            }
        }
        while (place is not null && found.Count < MaxShown && time.GetElapsedTime(start) < Patience);
        return new KeyPage(found, place);
    }

    /// <summary>Keys that hold a text, as a part of a page.</summary>
    public async ValueTask<Html> RenderAsync(string text, string after, CancellationToken cancellationToken)
    {
        KeyPage page = await FindAsync("", text, EntryKey.TryCreate(after, out EntryKey? place, out _) ? place : null, cancellationToken);
        string more = page.Next is null ? "" : "The search goes on where this page ends.";
        return Html.Of($"""
            <h2>Keys that hold it</h2>
            {(page.Keys.Count == 0 ? Html.Of($"<p class=\"aside\">{(page.Next is null ? "None." : "None so far.")} {more}</p>") : List(page.Keys))}
            {(page.Next is { } next ? Html.Of($"<p><a href=\"{PageLink.ForSearch(text, next)}\">Search on</a></p>") : Html.None)}
            """);
    }

    /// <summary>Keys as a list of links.</summary>
    public static Html List(IEnumerable<EntryKey> keys) =>
        Html.Of($"<ul class=\"rows\">{keys.Select(key => Html.Of($"<li><a href=\"{PageLink.For(key)}\">{Html.Code(key.Value, 200)}</a></li>"))}</ul>");
}
