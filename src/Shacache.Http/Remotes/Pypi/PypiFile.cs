using Shacache.Http.Gateway.Origins;
using Shacache.Http.Remotes.Indexes;

namespace Shacache.Http.Remotes.Pypi;

/// <summary>A file of a package, its metadata file (PEP 658) or its signature.</summary>
internal sealed class PypiFile(string project, string hash, string file) : RemoteFile
{
    private static readonly string[] Companions = [".metadata", ".asc"];

    private readonly string? _companion = Array.Find(Companions, end => file.EndsWith(end, StringComparison.Ordinal));

    public override string Path => $"files/{project}/{hash}/{file}";

    public override FileHash? Asked => _companion is null ? FileHash.Parse(hash) : null;

    // What is kept of it is the same for each form.
    public override IReadOnlyList<RemoteIndex> Indexes { get; } = [new PypiProject(project, PypiFormat.Json)];

    public override async ValueTask<NamedFile?> FindAsync(IndexSource source, CancellationToken cancellationToken)
    {
        string name = _companion is null ? file : file[..^_companion.Length];
        await foreach (PypiLink link in PypiProject.ReadAsync(source, cancellationToken))
        {
            if (link.FileName != name || (hash != PypiLink.NoHash && _companion is not null && link.Hash?.ToString() != hash))
                continue;
            if (_companion is not null)
                return new NamedFile(AddEnd(link.Url, _companion), _companion == Companions[0] ? link.MetadataHash : null);
            return new NamedFile(link.Url, link.Hash) { Listing = PypiName.FindVersion(project, file) is { } version ? $"pypi:{project}={version}" : null };
        }

        return null;
    }

    private static string AddEnd(string url, string end) => url.IndexOf('?', StringComparison.Ordinal) is >= 0 and int query ? url.Insert(query, end) : url + end;
}
