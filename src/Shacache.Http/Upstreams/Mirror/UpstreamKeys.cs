using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Shacache.Core.Entries;
using Shacache.Core.Upstreams;
using Shacache.Http.Answers;
using Shacache.Http.Entries;
using Shacache.Http.Requests;

namespace Shacache.Http.Upstreams.Mirror;

/// <summary>Asks upstreams for the keys that they have, with the credentials of this server.</summary>
internal sealed class UpstreamKeys(UpstreamSet upstreams, RequestPath path) : IRelayedKeys
{
    /// <summary>More than a page of the longest keys has, every character escaped.</summary>
    private const int MaxPageBytes = 8 * 1024 * 1024;

    public async Task<(KeyPage? Page, IReadOnlyList<Problem> Problems)> ListAsync(KeyRequest request, CancellationToken cancellationToken)
    {
        Upstream[] asked = request.Upstream == KeyRequest.AllUpstreams
            ? [.. upstreams.All.Where(upstream => !upstream.Options.IsPeer)]
            : [.. upstreams.All.Where(upstream => upstream.Name == request.Upstream)];
        if (asked.Length == 0)
            return (null, [UpstreamUnknown(request.Upstream!, upstreams.All.Select(upstream => upstream.Name))]);

        (KeyPage? Page, Problem? Problem)[] answers = await Task.WhenAll(asked.Select(upstream => AskAsync(upstream, request.Query, cancellationToken)));
        KeyPage[] pages = [.. answers.Select(answer => answer.Page).OfType<KeyPage>()];
        return (pages.Length == 0 ? null : KeyPage.Merge(pages, request.Query.Limit), [.. answers.Select(answer => answer.Problem).OfType<Problem>()]);
    }

    private static Problem UpstreamUnknown(string name, IEnumerable<string> names) => new(
        StatusCodes.Status404NotFound,
        name == KeyRequest.AllUpstreams
            ? $"This server has no upstream that is not a peer; name one of {string.Join(", ", names)}."
            : $"This server has no upstream of that name; it has {string.Join(", ", names)}.");

    private static Problem DoesNotList(string upstream, string reason) => new(
        StatusCodes.Status501NotImplemented,
        $"The upstream {upstream} does not list its keys to this server ({reason}). Name the keys with --keys FILE; a shacache server lists them to those whom its setting key-listing names.");

    private async Task<(KeyPage? Page, Problem? Problem)> AskAsync(Upstream upstream, KeyQuery query, CancellationToken cancellationToken)
    {
        var request = new UpstreamRequest(HttpMethod.Get, UpstreamSurface.Directory, KeyRequest.Format(query), path.Own);
        try
        {
            using UpstreamAnswer answer = await upstream.SendAsync(request, CancellationToken.None, cancellationToken);
            if (answer.Response.StatusCode != HttpStatusCode.OK)
                return (null, DoesNotList(upstream.Name, $"it answered {(int)answer.Response.StatusCode}"));
            using var body = new PooledBuffer();
            await answer.ReadAsync(body, MaxPageBytes, "list of keys", cancellationToken);
            return Read(body.Written.Span, query) is { } page ? (page, null) : (null, DoesNotList(upstream.Name, "it answered something else"));
        }
        catch (UpstreamException e) when (e is { Trouble: UpstreamTrouble.BadAnswer, IsSignOfIllness: false })
        {
            return (null, DoesNotList(upstream.Name, e.Message.TrimEnd('.')));
        }
        catch (UpstreamException e)
        {
            return (null, UpstreamProblems.From(e));
        }
    }

    /// <summary>Null for anything but a page that follows what was asked: asking for one page after the other must come to an end.</summary>
    private static KeyPage? Read(ReadOnlySpan<byte> utf8, KeyQuery query)
    {
        try
        {
            if (JsonSerializer.Deserialize(utf8, MirrorDocuments.Default.KeyPageDocument) is not { Keys: { Count: <= KeyQuery.MaxLimit } names } document)
                return null;
            List<EntryKey> keys = [];
            EntryKey? last = query.After;
            foreach (string name in names)
            {
                if (name is null || !EntryKey.TryCreate(name, out EntryKey? key, out _) || KeyOrder.Instance.Compare(key, last) <= 0 ||
                    !name.StartsWith(query.Prefix, StringComparison.Ordinal))
                {
                    return null;
                }

                keys.Add(key);
                last = key;
            }

            if (document.Next is null)
                return new KeyPage(keys, null);
            return EntryKey.TryCreate(document.Next, out EntryKey? next, out _) && KeyOrder.Instance.Compare(next, last) >= 0 &&
                KeyOrder.Instance.Compare(next, query.After) > 0 ? new KeyPage(keys, next) : null;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // The second for half a character.
            return null;
        }
    }
}
