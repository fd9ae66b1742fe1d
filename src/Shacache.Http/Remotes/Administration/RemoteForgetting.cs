using Shacache.Core.Entries;
using Shacache.Http.Gateway;
using Shacache.Http.Remotes.Indexes;

namespace Shacache.Http.Remotes.Administration;

/// <summary>Forgets pages of indexes and files, so that they are asked for anew. Their content stays as long as other content that is not asked for.</summary>
internal sealed class RemoteForgetting(RemoteTable remotes, GatewayIndex copies, IEntryStore entries, ForgetOperation gateway)
{
    /// <summary>Forgets a URL, of an origin or of this server, or a package of every remote of its type.</summary>
    /// <param name="subject">The URL; or <c>TYPE:NAME</c>, or <c>TYPE:NAME=VERSION</c>.</param>
    /// <param name="cancellationToken">Stops.</param>
    /// <returns>How much there was; null when it is neither.</returns>
    public async ValueTask<int?> ForgetAsync(string subject, CancellationToken cancellationToken)
    {
        if (subject.Contains("://", StringComparison.Ordinal))
            return await ForgetUrlAsync(subject, cancellationToken);
        int colon = subject.IndexOf(':', StringComparison.Ordinal);
        if (colon <= 0)
            return null;
        string[] parts = subject[(colon + 1)..].Split('=', 2);
        var query = new PackageQuery(parts[0], parts.Length > 1 ? parts[1].TrimStart('=') : null, []);
        int? count = null;
        foreach ((Remote remote, IRemoteKind kind) in remotes.All.Where(one => RemoteTable.WordOf(one.Remote.Options.Type) == subject[..colon]))
        {
            if (kind.FindPackage(query) is { } package)
                count = (count ?? 0) + await ForgetPackageAsync(remote, package, isWhole: query.Version is null, cancellationToken);
        }

        return count;
    }

    private async ValueTask<int> ForgetUrlAsync(string url, CancellationToken cancellationToken)
    {
        int count = await gateway.ForgetAsync(url, cancellationToken);
        foreach ((Remote remote, IRemoteKind kind) in remotes.All)
        {
            string own = $"{RemoteEndpoint.Path}/{remote.Name}/";
            string rest = url[(url.IndexOf("://", StringComparison.Ordinal) + 3)..];
            int path = rest.IndexOf('/', StringComparison.Ordinal);
            if (path >= 0 && rest[path..].StartsWith(own, StringComparison.Ordinal))
            {
                string[] parts = rest[(path + own.Length)..].Split('?', 2);
                var request = new RemoteRequest(remote, parts[0], parts.Length > 1 ? $"?{parts[1]}" : "", new Microsoft.AspNetCore.Http.HeaderDictionary());
                count += await ForgetTargetAsync(remote, kind.Find(request), cancellationToken);
            }

            foreach (string place in remote.Urls.Select(place => place.Text).Where(place => url.StartsWith(place, StringComparison.Ordinal)))
                count += await ForgetTargetAsync(remote, kind.FindAt(remote, url[place.Length..]), cancellationToken);
        }

        return count;
    }

    private async ValueTask<int> ForgetTargetAsync(Remote remote, RemoteTarget target, CancellationToken cancellationToken) => target switch
    {
        RemoteTarget.Index { Document: var document } => await ForgetDocumentAsync(remote, document, cancellationToken),
        RemoteTarget.File { Content: var file } => await ForgetFileAsync(remote, file, cancellationToken),
        RemoteTarget.Sought { FindAsync: var find } => await ForgetTargetAsync(remote, await find(cancellationToken), cancellationToken),
        RemoteTarget.Elsewhere { Path: var path } => await ForgetTargetAsync(remote, FindOwn(remote, path), cancellationToken),
        _ => 0,
    };

    private RemoteTarget FindOwn(Remote remote, string path) =>
        remotes.TryFind(remote.Name, out _, out IRemoteKind? kind) && kind.Find(new RemoteRequest(remote, path, "", new Microsoft.AspNetCore.Http.HeaderDictionary())) is var target and not RemoteTarget.Elsewhere
            ? target
            : new RemoteTarget.Refused(RemoteProblems.UnknownRemote(remote.Name));

    private async ValueTask<int> ForgetPackageAsync(Remote remote, RemotePackage package, bool isWhole, CancellationToken cancellationToken)
    {
        List<RemoteFile> files = [];
        RemoteIndex? naming = package.Documents.Count > 0 ? package.Documents[0] : null;
        await using (GatewayCopy? copy = naming is null ? null : await copies.FindRecordAsync(remote.RecordOf("index", naming.Name), cancellationToken))
        {
            if (copy is not null || naming is null)
            {
                IndexSource? source = copy is null ? null : RemoteIndexes.Open(copy);
                await foreach (RemoteFile file in package.ReadFilesAsync(source, cancellationToken))
                    files.Add(file);
            }
        }

        int count = 0;
        foreach (RemoteFile file in files)
            count += await ForgetFileAsync(remote, file, cancellationToken);
        foreach (RemoteIndex document in isWhole ? package.Documents.Concat(package.Others) : [])
            count += await ForgetDocumentAsync(remote, document, cancellationToken);
        return count;
    }

    private async ValueTask<int> ForgetDocumentAsync(Remote remote, RemoteIndex document, CancellationToken cancellationToken)
    {
        int count = 0;
        foreach (string name in document.Names)
            count += await EntryRemoval.RemoveAsync(entries, remote.RecordOf("index", name), static _ => true, cancellationToken);
        return count;
    }

    /// <summary>Forgets a file, and the documents of it alone.</summary>
    private async ValueTask<int> ForgetFileAsync(Remote remote, RemoteFile file, CancellationToken cancellationToken)
    {
        int count = 0;
        List<string> urls = [];
        if (RemoteFiles.RecordOf(remote, file) is { } record)
        {
            await using (GatewayCopy? copy = await copies.FindRecordAsync(record, cancellationToken))
            {
                if (copy is not null)
                    urls.Add(copy.Note!.Url);
            }

            count += await EntryRemoval.RemoveAsync(entries, record, static _ => true, cancellationToken);
        }

        if (file.MayBeUnnamed || file.Indexes.Count == 0)
            urls.AddRange(RemoteIndexes.PlacesOf(remote, file.Path).Select(url => url.Text));
        foreach (string url in urls.Distinct())
            count += await gateway.ForgetAsync(url, cancellationToken);
        foreach (RemoteIndex document in file.Indexes)
            count += await ForgetDocumentAsync(remote, document, cancellationToken);
        return count;
    }
}
