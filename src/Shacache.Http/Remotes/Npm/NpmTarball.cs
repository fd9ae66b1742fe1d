using Shacache.Http.Gateway.Origins;
using Shacache.Http.Remotes.Indexes;
using Shacache.Http.Remotes.Json;

namespace Shacache.Http.Remotes.Npm;

/// <summary>The archive of a version. <c>npm ci</c> asks for it without having asked for the packument.</summary>
internal sealed class NpmTarball(string package, string file, FileHash? asked) : RemoteFile
{
    public override string Path => $"{package}/-/{file}";

    public override FileHash? Asked => asked;

    public override IReadOnlyList<RemoteIndex> Indexes { get; } = [new NpmPackument(package, isAbbreviated: true)];

    public override async ValueTask<NamedFile?> FindAsync(IndexSource source, CancellationToken cancellationToken)
    {
        NamedFile? found = null;
        await foreach (JsonPart part in JsonItems.ReadAsync(source.Content, NpmPackument.Versions, cancellationToken))
        {
            // To its end: a document that was cut off in the middle is none.
            if (!part.Item.IsEmpty && NpmVersion.Read(part.Name, part.Item.Span) is { } version && version.FileNameIn(package) == file)
                found ??= new NamedFile(version.Link, version.Hash);
        }

        return found;
    }
}

/// <summary>Says that the registry is there: this server is.</summary>
internal sealed class NpmPing : VerbatimIndex
{
    public override string Path => "-/ping";

    public override string FindType(string? source) => source ?? "application/json";
}
