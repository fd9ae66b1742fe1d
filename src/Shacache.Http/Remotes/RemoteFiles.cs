using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Shacache.Core.Blobs;
using Shacache.Core.Entries;
using Shacache.Core.Retention;
using Shacache.Http.Answers;
using Shacache.Http.Gateway;
using Shacache.Http.Gateway.Origins;
using Shacache.Http.Remotes.Indexes;
using Shacache.Protocol;

namespace Shacache.Http.Remotes;

/// <summary>The files that indexes name. One that was served under a path before is found by the path alone; any other through its index, which says where it is and what it must be.</summary>
internal sealed class RemoteFiles(GatewayIndex copies, RemoteIndexes indexes, OriginClient origins, FileDelivery delivery, IBlobStore blobs, BlockList blocks)
{
    /// <summary>So old may an index be that does not name a file: it may have appeared since.</summary>
    private static readonly TimeSpan NewsAge = TimeSpan.FromSeconds(10);

    /// <summary>Answers a GET or HEAD.</summary>
    /// <exception cref="GatewayException">The index cannot be had.</exception>
    public async ValueTask AnswerAsync(HttpContext context, Remote remote, RemoteFile file)
    {
        if (RecordOf(remote, file) is { } record && await TrySendKeptAsync(context, file, record))
            return;
        OriginFile found = await FindAsync(remote, file, context.RequestAborted);
        await (GatewayKeys.AllForClients(found.Url.Text).Any(blocks.Contains)
            ? ErrorResponse.WriteAsync(context, GatewayProblems.Blocked(found.Url))
            : delivery.AnswerAsync(context, found));
    }

    /// <summary>Where a file is noted under its path; null when the path says where it is at its origin, so that the gateway's own note of that URL is enough.</summary>
    public static EntryKey? RecordOf(Remote remote, RemoteFile file) => file.Indexes.Count == 0 && file.Known is null ? null : remote.RecordOf("file", file.Path);

    /// <returns>False when nothing is kept under that path, or it is not what the client asks for.</returns>
    private async ValueTask<bool> TrySendKeptAsync(HttpContext context, RemoteFile file, EntryKey record)
    {
        await using GatewayCopy? copy = await copies.FindNamedAsync(record, context.RequestAborted);
        if (copy is null || (file.Asked is { } asked && !copy.Is(asked)) || GatewayKeys.AllForClients(copy.Note!.Url).Any(blocks.Contains))
            return false;
        try
        {
            await copy.SendAsync(context, "hit");
            return true;
        }
        catch (BlobDamagedException) when (!context.Response.HasStarted)
        {
            // The copy was put away: this time the origin is asked.
            context.Response.Clear();
            return false;
        }
    }

    /// <summary>Finds out where a file is, and what it must be.</summary>
    /// <exception cref="GatewayException">The index cannot be had, or does not name it.</exception>
    public async ValueTask<OriginFile> FindAsync(Remote remote, RemoteFile file, CancellationToken cancellationToken)
    {
        (NamedFile? Named, OriginUrl Index) found = await LookAsync(remote, file, maxAge: null, cancellationToken);
        if ((found.Named is null || Differs(file.Asked, found.Named.Hash)) && file.Indexes.Count > 0 && !remote.Options.IsOffline)
            found = await LookAsync(remote, file, NewsAge, cancellationToken);
        string host = found.Index.Host;
        NamedFile named = found.Named ?? throw new GatewayException(RemoteProblems.NotNamed(file.Path, host));
        FileHash? hash = named.Hash;
        if (Differs(file.Asked, hash))
        {
            // The index has gone on, and what a lock file names may be here still.
            if (file.Asked!.Digest is not { } digest || await blobs.OpenAsync(digest, cancellationToken) is not { } kept)
                throw new GatewayException(RemoteProblems.OtherThanAsked(file.Path, host, file.Asked.ToString(), hash!.ToString()));
            await kept.DisposeAsync();
            hash = file.Asked;
        }

        string link = named.Link ?? (await FindPlaceAsync(remote, file, found.Index, cancellationToken)).Text;
        if (!found.Index.TryFollow(link, out OriginUrl? url, out string? problem))
            throw new GatewayException(RemoteProblems.BadLink(host, problem));

        // A hash that came over TLS holds for what comes without. Nothing else does.
        if (hash is null && Redirects.LeavesTls(found.Index.Uri, url.Uri))
            throw new GatewayException(RemoteProblems.BadLink(host, "it is of http, and says no hash."));
        return new OriginFile(url)
        {
            Promise = hash is null ? null : new FilePromise(hash, host),
            Credentials = remote.FindCredentials(url),
            FollowsAnywhere = true,
            Record = RecordOf(remote, file),
            Listing = named.Listing is { } key ? EntryKey.Create(key) : null,
            Refusal = remote.Options.IsOffline ? RemoteProblems.Offline(remote, file.Path) : null,
        };
    }

    private async ValueTask<(NamedFile? Named, OriginUrl Index)> LookAsync(Remote remote, RemoteFile file, TimeSpan? maxAge, CancellationToken cancellationToken)
    {
        if (file.Known is { } known)
            return (known, remote.Urls[0]);
        GatewayException? missing = null;
        foreach (RemoteIndex index in file.Indexes)
        {
            try
            {
                await using IndexCopy copy = await indexes.OpenAsync(remote, index, maxAge, cancellationToken);
                NamedFile? named = await file.FindAsync(copy.Source, cancellationToken);
                if (named is null || file.Places is null)
                    return (named, copy.Source.Url);
                await using IndexCopy places = await indexes.OpenAsync(remote, file.Places, maxAge: null, cancellationToken);
                return (await file.PlaceAsync(named, places.Source, cancellationToken), places.Source.Url);
            }
            catch (GatewayException e) when (!e.IsOriginDown && e.Problem.Status == StatusCodes.Status404NotFound)
            {
                missing ??= e;
            }
            catch (Exception e) when (e is JsonException or InvalidDataException)
            {
                // One that is only passed on was not looked at before.
                throw new GatewayException(RemoteProblems.BadIndex(remote.Urls[0].Host, e.Message.ReplaceLineEndings(" ")), e) { IsOriginDown = true };
            }
        }

        if (missing is not null && !file.MayBeUnnamed)
            throw missing;
        return (new NamedFile(null, null), remote.Urls[0]);
    }

    /// <summary>Finds where a file is that is at its own path: beside its document, else at the first place that has it.</summary>
    private async ValueTask<OriginUrl> FindPlaceAsync(Remote remote, RemoteFile file, OriginUrl document, CancellationToken cancellationToken)
    {
        IReadOnlyList<OriginUrl> places = RemoteIndexes.PlacesOf(remote, file.Path);
        int own = remote.Urls.ToList().FindIndex(url => document.Text.Length > url.Text.Length && document.Text.StartsWith(url.Text, StringComparison.Ordinal));
        if (own >= 0)
            return places[own];
        foreach (OriginUrl url in places.Count > 1 ? places : [])
        {
            await using GatewayCopy? copy = await copies.FindAsync(new OriginFile(url), cancellationToken);
            if (copy is not null)
                return url;
        }

        foreach (OriginUrl url in remote.Options.IsOffline ? [] : places.SkipLast(1))
        {
            try
            {
                var question = new OriginQuestion(HttpMethod.Head) { Credentials = remote.FindCredentials(url), FollowsAnywhere = true };
                using HttpResponseMessage answer = await origins.SendAsync(question, url, cancellationToken);
                return url;
            }
            catch (GatewayException e) when (e.IsOriginDown || e.Problem.Status == StatusCodes.Status404NotFound)
            {
                // The next one may have it.
            }
        }

        return places[^1];
    }

    /// <summary>Whether two hashes of one algorithm are of two files. Of two algorithms nothing can be said.</summary>
    private static bool Differs(FileHash? asked, FileHash? promised) => asked is not null && promised is not null && asked.Algorithm == promised.Algorithm && asked != promised;
}
