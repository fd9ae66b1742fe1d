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
internal sealed class RemoteFiles(GatewayIndex copies, RemoteIndexes indexes, FileDelivery delivery, OriginTransfers transfers, IBlobStore blobs, BlockList blocks)
{
    /// <summary>So old may an index be that does not name a file: it may have appeared since.</summary>
    private static readonly TimeSpan NewsAge = TimeSpan.FromSeconds(10);

    /// <summary>Answers a GET or HEAD.</summary>
    /// <exception cref="GatewayException">The index cannot be had.</exception>
    public async ValueTask AnswerAsync(HttpContext context, Remote remote, RemoteFile file)
    {
        // Without an index the path says where the file is, and the gateway's own note of that URL is enough.
        EntryKey? record = RecordOf(remote, file);
        if (file.Index is not null && record is not null && await TrySendKeptAsync(context, file, record))
            return;
        OriginFile found = await FindAsync(remote, file, record, context.RequestAborted);
        await (GatewayKeys.AllForClients(found.Url.Text).Any(blocks.Contains)
            ? ErrorResponse.WriteAsync(context, GatewayProblems.Blocked(found.Url))
            : delivery.AnswerAsync(context, found));
    }

    /// <summary>Gets a file so that it is here, for no client.</summary>
    /// <param name="remote">The remote.</param>
    /// <param name="file">The file.</param>
    /// <param name="mayBeMissing">Whether it is no failure that the origin does not have it.</param>
    /// <param name="cancellationToken">Stops the wait; the transfer goes on.</param>
    /// <exception cref="GatewayException">It does not come, or is not what it should be.</exception>
    public async ValueTask KeepAsync(Remote remote, RemoteFile file, bool mayBeMissing, CancellationToken cancellationToken)
    {
        OriginFile found = await FindAsync(remote, file, RecordOf(remote, file), cancellationToken);
        await using (GatewayCopy? copy = await copies.FindAsync(found, cancellationToken))
        {
            if (copy is not null)
                return;
        }

        if (found.Refusal is { } refusal)
            throw new GatewayException(refusal);
        OriginTransfer transfer = transfers.Join(found, out _) ?? throw new GatewayException(GatewayProblems.Busy) { IsOriginDown = true };
        try
        {
            TransferAnswer answer = await transfer.Answer.WaitAsync(cancellationToken);
            if (answer is TransferAnswer.Failed failed && !(mayBeMissing && failed.Problem.Status == StatusCodes.Status404NotFound))
                throw new GatewayException(failed.Problem) { IsOriginDown = true, IsBrokenPromise = true };
            if (answer is TransferAnswer.Coming coming && !(await transfer.WaitForEndAsync(cancellationToken) && coming.IsKept))
                throw new GatewayException(GatewayProblems.Unreachable(found.Url)) { IsOriginDown = true, IsBrokenPromise = true };
        }
        finally
        {
            transfer.Leave();
        }
    }

    private static EntryKey? RecordOf(Remote remote, RemoteFile file) => file.IsNoted ? remote.RecordOf("file", file.Path) : null;

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

    private async ValueTask<OriginFile> FindAsync(Remote remote, RemoteFile file, EntryKey? record, CancellationToken cancellationToken)
    {
        (NamedFile? Named, OriginUrl Index) found = await LookAsync(remote, file, maxAge: null, cancellationToken);
        if ((found.Named is null || Differs(file.Asked, found.Named.Hash)) && file.Index is not null && !remote.Options.IsOffline)
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

        if (!found.Index.TryFollow(named.Link, out OriginUrl? url, out string? problem))
            throw new GatewayException(RemoteProblems.BadLink(host, problem));

        // A hash that came over TLS holds for what comes without. Nothing else does.
        if (hash is null && Redirects.LeavesTls(found.Index.Uri, url.Uri))
            throw new GatewayException(RemoteProblems.BadLink(host, "it is of http, and says no hash."));
        return new OriginFile(url)
        {
            Promise = hash is null ? null : new FilePromise(hash, host),
            Credentials = remote.FindCredentials(url),
            FollowsAnywhere = true,
            Record = record,
            Listing = named.Listing is { } key ? EntryKey.Create(key) : null,
            Refusal = remote.Options.IsOffline ? RemoteProblems.Offline(remote, file.Path) : null,
        };
    }

    private async ValueTask<(NamedFile? Named, OriginUrl Index)> LookAsync(Remote remote, RemoteFile file, TimeSpan? maxAge, CancellationToken cancellationToken)
    {
        if (file.Index is null)
            return (await file.FindAsync(source: null, remote, cancellationToken), remote.Urls[0]);
        await using IndexCopy copy = await indexes.OpenAsync(remote, file.Index, maxAge, cancellationToken);
        return (await file.FindAsync(copy.Source, remote, cancellationToken), copy.Source.Url);
    }

    /// <summary>Whether two hashes of one algorithm are of two files. Of two algorithms nothing can be said.</summary>
    private static bool Differs(FileHash? asked, FileHash? promised) => asked is not null && promised is not null && asked.Algorithm == promised.Algorithm && asked != promised;
}
