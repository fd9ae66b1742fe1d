using Shacache.Core.Entries;
using Shacache.Core.Upstreams;
using Shacache.Http.Answers;
using Shacache.Http.Gateway;
using Shacache.Http.Gateway.Origins;
using Shacache.Http.Remotes.Indexes;

namespace Shacache.Http.Remotes.Administration;

/// <summary>Fetches packages and files before a client asks for them, with the pages of the index that their installation needs.</summary>
internal sealed class RemoteFetching(RemoteTable remotes, RemoteIndexes indexes, RemoteFiles files, FilePull pull, CarriedPages pages, GatewayIndex copies, OriginPolicy policy)
{
    /// <summary>So many lines about what is missing.</summary>
    private const int MaxProblems = 100;

    /// <summary>So old may a page be that does not name what a lock file names: it may have appeared since.</summary>
    private static readonly TimeSpan NewsAge = TimeSpan.FromSeconds(10);

    /// <summary>Finds out what is meant.</summary>
    /// <exception cref="RefusedException">That is nothing here; the message says why.</exception>
    public async ValueTask<RemoteSubject> FindSubjectAsync(RemoteOrderDocument order, CancellationToken cancellationToken)
    {
        if (order.Sign && !copies.CanSign)
            throw new RefusedException(RemoteProblems.CannotSign);
        if (order.Url is { } url)
            return await FindByUrlAsync(url, order.Remote, cancellationToken);
        if (order.Type is null || order.Name is null)
            throw new RefusedException(RemoteOperations.Malformed("The order has neither a package (type and name) nor a file (url)."));
        (Remote Remote, IRemoteKind Kind) found = remotes.All.FirstOrDefault(one =>
            RemoteTable.WordOf(one.Remote.Options.Type) == order.Type && (order.Remote is null || one.Remote.Name == order.Remote));
        if (found.Remote is null)
            throw new RefusedException(RemoteProblems.NoRemoteOf(order.Type, order.Remote));
        FileHash[] hashes = [.. (order.Hashes ?? []).Select(text => FileHash.Parse(text) ?? throw new RefusedException(RemoteOperations.Malformed($"The hash {text} is none: write sha256-HEX or another that indexes use.")))];
        string label = order.Version is null ? order.Name : $"{order.Name} {order.Version}";
        return found.Kind.FindPackage(new PackageQuery(order.Name, order.Version, hashes)) is { } package
            ? new RemoteSubject.Package(found.Remote, package, label)
            : throw new RefusedException(RemoteOperations.Malformed($"{order.Name} is no name of a package of the type {order.Type}."));
    }

    /// <summary>Fetches it.</summary>
    /// <param name="subject">What.</param>
    /// <param name="sign">Whether all of it is listed as signed entries.</param>
    /// <param name="cancellationToken">Stops; what is here stays.</param>
    public async Task<RemoteFetchDocument> RunAsync(RemoteSubject subject, bool sign, CancellationToken cancellationToken)
    {
        var tally = new Tally(sign);
        switch (subject)
        {
            case RemoteSubject.Package { Remote: var remote, Content: var package, Label: var label }:
                await FetchPackageAsync(remote, package, label, tally, cancellationToken);
                break;
            case RemoteSubject.Document { Remote: var remote, Content: var document }:
                await FetchDocumentAsync(remote, document, tally, cancellationToken);
                break;
            case RemoteSubject.File { Remote: var remote, Content: var file }:
                await FetchFileAsync(remote, file, tally, cancellationToken);
                break;
            case RemoteSubject.Other { Content: var file }:
                await TryAsync(tally, () => FetchAsync(file, tally, cancellationToken));
                break;
        }

        return new RemoteFetchDocument(tally.Fetched, tally.Here, tally.Bytes, [.. tally.Problems.Take(MaxProblems)], [.. tally.Keys.Select(key => key.Value)]);
    }

    private async ValueTask<RemoteSubject> FindByUrlAsync(string text, string? name, CancellationToken cancellationToken)
    {
        if (!text.Contains("://", StringComparison.Ordinal) || !OriginUrl.TryParse(text.Replace("://", "/", StringComparison.Ordinal), out OriginUrl? url, out string? problem))
            throw new RefusedException(RemoteOperations.Malformed("The URL of the order is none of http or https."));
        foreach ((Remote remote, IRemoteKind kind) in remotes.All.Where(one => name is null || one.Remote.Name == name))
        {
            // As its origin has it, or as a client of this server does.
            string own = $"{RemoteEndpoint.Path}/{remote.Name}/";
            if ((url.Uri.AbsolutePath.StartsWith(own, StringComparison.Ordinal) ? url.Uri.PathAndQuery[own.Length..] : remote.FindPath(url)) is not { } path)
                continue;
            RemoteTarget target = kind.FindAt(remote, path);
            switch (target is RemoteTarget.Sought { FindAsync: var find } ? await find(cancellationToken) : target)
            {
                case RemoteTarget.Index { Document: var document }:
                    return new RemoteSubject.Document(remote, document);
                case RemoteTarget.File { Content: var file }:
                    return new RemoteSubject.File(remote, file);
            }
        }

        return policy.IsAllowed(url) && name is null ? new RemoteSubject.Other(new OriginFile(url)) : throw new RefusedException(RemoteProblems.NotBelow(url.Host, name));
    }

    private async ValueTask FetchPackageAsync(Remote remote, RemotePackage package, string label, Tally tally, CancellationToken cancellationToken)
    {
        foreach (RemoteIndex document in package.Shared.Concat(package.Documents))
            await FetchDocumentAsync(remote, document, tally, cancellationToken);
        if (tally.Problems.Count > 0)
            return;
        List<RemoteFile> found = [];
        await TryAsync(tally, () => FindFilesAsync(remote, package, maxAge: null, found, cancellationToken));
        if (found.Count == 0 && tally.Problems.Count == 0 && package.Documents.Count > 0 && !remote.Options.IsOffline)
            await TryAsync(tally, () => FindFilesAsync(remote, package, NewsAge, found, cancellationToken));
        if (found.Count == 0 && tally.Problems.Count == 0)
            tally.Problems.Add($"The index of the remote {remote.Name} names no such file of {label}; the lock file may be of another index.");
        foreach (RemoteFile file in found)
            await FetchFileAsync(remote, file, tally, cancellationToken);
    }

    private async ValueTask FindFilesAsync(Remote remote, RemotePackage package, TimeSpan? maxAge, List<RemoteFile> found, CancellationToken cancellationToken)
    {
        await using IndexCopy? copy = package.Documents.Count > 0 ? await indexes.OpenAsync(remote, package.Documents[0], maxAge, cancellationToken) : null;
        await foreach (RemoteFile file in package.ReadFilesAsync(copy?.Source, cancellationToken))
            found.Add(file);
    }

    private ValueTask FetchDocumentAsync(Remote remote, RemoteIndex document, Tally tally, CancellationToken cancellationToken) => TryAsync(tally, async () =>
    {
        await using (IndexCopy copy = await indexes.OpenAsync(remote, document, maxAge: null, cancellationToken))
        {
            if (copy.Identity is null)
                throw new RefusedException(RemoteProblems.NotKept(copy.Source.Url.Host));
        }

        if (tally.Signs)
            tally.Keys.AddRange(await pages.SignAsync(remote, document, await indexes.FindPlacesAsync(remote, document, cancellationToken), cancellationToken));
    });

    private ValueTask FetchFileAsync(Remote remote, RemoteFile file, Tally tally, CancellationToken cancellationToken) => TryAsync(tally, async () =>
    {
        OriginFile found = await files.FindAsync(remote, file, cancellationToken);
        await FetchAsync(found, tally, cancellationToken);
        if (!tally.Signs || !file.MayBeUnnamed)
            return;

        // The one of its documents that exists.
        foreach (RemoteIndex document in file.Indexes)
            tally.Keys.AddRange(await pages.SignAsync(remote, document, RemoteIndexes.PlacesOf(remote, document.Path), cancellationToken));
    });

    private async ValueTask FetchAsync(OriginFile file, Tally tally, CancellationToken cancellationToken)
    {
        if (await pull.RunAsync(file, cancellationToken) is { } bytes)
        {
            tally.Fetched++;
            tally.Bytes += bytes;
        }
        else
        {
            tally.Here++;
        }

        if (tally.Signs)
            tally.Keys.Add(await copies.SignAsync(file, cancellationToken) ?? throw new RefusedException(RemoteProblems.NotListed(file.Url.Host)));
    }

    private static async ValueTask TryAsync(Tally tally, Func<ValueTask> fetch)
    {
        try
        {
            await fetch();
        }
        catch (RefusedException e)
        {
            tally.Problems.Add(e.Problem.Line);
        }
    }

    private sealed class Tally(bool signs)
    {
        public bool Signs => signs;

        public int Fetched { get; set; }

        public int Here { get; set; }

        public long Bytes { get; set; }

        public List<string> Problems { get; } = [];

        public List<EntryKey> Keys { get; } = [];
    }
}
